// The measurements of queries, by name.
import { fromBuild } from "../build.js";
import { median, mustBe, time } from "../measure.js";
import { watchTurns } from "../turns.js";
import { classicHistograms, counters, FIRST, nativeHistograms } from "./data.js";
import { liveHold, liveInstant, liveMemory } from "./live.js";
import { monthOfHistory } from "./month.js";
import { asked, withPrometheus } from "./prometheus.js";
import { manyRules, rateRule, rulesHold, thresholdRule } from "./rules.js";

const WARM_UP = 5;
const RUNS = 15;
const HOUR = 3_600;
// 240 steps.
const RANGE = { from: FIRST + 15, to: FIRST + HOUR, step: 15 };

const questions = {
  rates: { text: "sum by (a) (rate(x[5m]))", data: () => counters(1_000), range: RANGE, series: 10 },
  "classic quantile": {
    text: "histogram_quantile(0.95, sum by (le) (rate(b[5m])))",
    data: () => classicHistograms(100),
    range: RANGE,
    series: 1,
  },
  "native quantile": {
    text: "histogram_quantile(0.95, sum(rate(b[5m])))",
    data: () => nativeHistograms(100),
    range: RANGE,
    series: 1,
  },
  "instant rates": {
    text: "sum(rate(x[5m]))",
    data: () => counters(1_000),
    time: FIRST + HOUR,
    series: 1,
    isInMemory: true,
  },
};

const RULE =
  'sum by (method, route) (rate(http_server_request_duration_seconds_count{status=~"5..", job="shop"}[5m])) / ' +
  'sum by (method, route) (rate(http_server_request_duration_seconds_count{job="shop"}[5m])) > 0.05';

export const measurements = {
  ...Object.fromEntries(
    Object.entries(questions).flatMap(([name, question]) => [
      [`${name}, tachymeter`, () => ours(question)],
      [`${name}, prometheus`, () => prometheus(question)],
      [`longest hold, ${name}`, () => longestHold(question)],
    ]),
  ),
  "parse, tachymeter": parsing,
  "month of history, tachymeter": monthOfHistory,
  "live memory, tachymeter": liveMemory,
  "longest hold, live collections": liveHold,
  "instant rates, live samples": liveInstant,
  "threshold rule": thresholdRule,
  "rule over ten rates": rateRule,
  "a thousand rules": manyRules,
  "longest hold, a thousand rules": rulesHold,
};

async function ours(question) {
  const ask = await asking(question);
  const samples = [];
  for (let i = 0; i < WARM_UP + RUNS; i++) {
    const started = performance.now();
    const { series } = await ask();
    const millis = performance.now() - started;
    mustBe(series.length, question.series);
    if (i >= WARM_UP) samples.push(millis);
  }
  return { unit: "ms", value: median(samples), min: Math.min(...samples) };
}

async function prometheus({ text, data, range, time: at, series }) {
  return withPrometheus(data(), async (url) => {
    const samples = [];
    for (let i = 0; i < WARM_UP + RUNS; i++) {
      const { millis, result } =
        range === undefined
          ? await asked(url, "query", { query: text, time: at })
          : await asked(url, "query_range", {
              query: text,
              start: range.from,
              end: range.to,
              step: range.step,
            });
      mustBe(result.length, series);
      if (i >= WARM_UP) samples.push(millis);
    }
    return { unit: "ms", value: median(samples), min: Math.min(...samples) };
  });
}

// The first query, as of a process that has just started, is included.
async function longestHold(question) {
  const ask = await asking(question);
  const longest = [];
  for (let i = 0; i < WARM_UP + RUNS; i++) {
    const watched = watchTurns();
    await ask();
    longest.push(await watched());
  }
  return { unit: "ms", value: Math.max(...longest), median: median(longest) };
}

async function asking({ text, data, range, time: at, isInMemory }) {
  const { query, queryRange } = await fromBuild("query/index.js");
  const series = data();
  const source = {
    async *select() {
      yield* series;
    },
    // As live samples and the recorded series of alerts.
    ...(isInMemory && {
      [Symbol.for("tachymeter.samples")]: () => ({
        read: (selections) => selections.map(() => [series].values()),
      }),
    }),
  };
  return range === undefined
    ? () => query(text, { source, time: at })
    : () => queryRange(text, { source, ...range });
}

async function parsing() {
  const { parse } = await fromBuild("query/index.js");
  let parsed = 0;
  return time({
    run(_start, n) {
      for (let i = 0; i < n; i++) parsed += parse(RULE).kind === "binary" ? 1 : 0;
    },
    total: () => parsed,
    expected: (calls) => calls,
  });
}
