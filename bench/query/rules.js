// The rules of alerts: expressions that are prepared once and evaluated again and again over live samples.
import { fromBuild } from "../build.js";
import { median, mustBe } from "../measure.js";
import { watchTurns } from "../turns.js";
import { countedHour, LAST } from "./live.js";

const WARM_UP = 2_000;
const RUNS = 2_000;
const RULES = 1_000;
const GROUP_RUNS = 20;

/** Measures a rule that compares one series with a limit. */
export function thresholdRule() {
  return oneRule(1, "moving_total > 0.9");
}

/** Measures a rule over the rates of ten series. */
export function rateRule() {
  return oneRule(10, "sum(rate(moving_total[5m]))");
}

/** Measures a group of rules, each over ten series of its own. */
export async function manyRules() {
  const samples = await groupRuns((evaluate) => evaluate());
  return { unit: "ms", value: median(samples), min: Math.min(...samples) };
}

/** Measures the longest turn of the event loop while such a group is evaluated. */
export async function rulesHold() {
  const longest = [];
  await groupRuns(async (evaluate) => {
    const watched = watchTurns();
    await evaluate();
    longest.push(await watched());
  });
  return { unit: "ms", value: Math.max(...longest), median: median(longest) };
}

async function oneRule(series, text) {
  const { prepare } = await fromBuild("query/evaluation/prepared.js");
  const source = await countedHour(series);
  const rule = prepare(text);
  const samples = [];
  for (let i = 0; i < WARM_UP + RUNS; i++) {
    const started = performance.now();
    const result = await rule.at(source, LAST);
    const nanos = (performance.now() - started) * 1e6;
    mustBe(result.series.length, 1);
    if (i >= WARM_UP) samples.push(nanos);
  }
  return { unit: "ns", value: median(samples), min: Math.min(...samples) };
}

async function groupRuns(each) {
  const { prepare } = await fromBuild("query/evaluation/prepared.js");
  const { Slices } = await fromBuild("io/yield.js");
  const source = await countedHour(10 * RULES, (id) => ({ id, rule: id % RULES }));
  const rules = Array.from({ length: RULES }, (_, i) =>
    prepare(`sum(rate(moving_total{rule="${i}"}[5m])) > 0.001`),
  );
  const evaluate = async () => {
    let firing = 0;
    const slices = new Slices();
    for (const rule of rules) {
      const result = rule.at(source, LAST);
      firing += (result instanceof Promise ? await result : result).series.length;
      await slices.next();
    }
    mustBe(firing, RULES);
  };
  const samples = [];
  for (let i = 0; i < GROUP_RUNS; i++) {
    const started = performance.now();
    await each(evaluate);
    samples.push(performance.now() - started);
  }
  return samples;
}
