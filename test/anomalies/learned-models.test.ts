import { diag } from "@opentelemetry/api";
import { join } from "node:path";
import { History } from "tachymeter/history";
import { beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { storeOf } from "../../src/history/store-of.ts";
import { storedModels, storeModel } from "../../src/anomalies/models/stored-models.ts";
import { LearnedModels } from "../../src/anomalies/running/learned-models.ts";
import { JudgedSeries } from "../../src/anomalies/running/judged-series.ts";
import { normalNumbers } from "../history/analysis/known-data.ts";
import { fillHistory } from "../history/filled-history.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { newFolder } from "../kit/new-folder.ts";

const MINUTE = 60_000;
const FROM = Date.parse("2026-09-21T00:00:00Z");
const TRAINED = FROM + 1_600 * MINUTE;
// The second queue no longer follows the first one.
const BROKEN = TRAINED + 60 * MINUTE;
const FAULT = TRAINED + 160 * MINUTE;
const END = TRAINED + 240 * MINUTE;

let path: string;
let warnings: readonly string[] = [];

// Two queues of one load. A process records them once a minute.
beforeAll(async () => {
  path = join(newFolder("learned"), "shop.db");
  const normal = normalNumbers(31);
  let load = 0;
  await fillHistory({
    path,
    from: FROM / 1_000,
    to: END / 1_000,
    interval: 60,
    record(provider) {
      const queue = provider.getMeter("test").createGauge("message.queue.size");
      return (seconds) => {
        const time = seconds * 1_000;
        load = 0.8 * load + normal();
        const own = time >= BROKEN && time < BROKEN + 40 * MINUTE ? -load : load;
        queue.record(100 + 10 * load + normal(), { queue: "orders" });
        queue.record(50 + 5 * own + normal() + (time >= FAULT ? 90 : 0), { queue: "mails" });
      };
    },
  });
}, 60_000);

beforeEach(() => {
  warnings = collectWarnings();
  return () => diag.disable();
});

async function opened(): Promise<History> {
  const history = await History.open({ path, retention: { metricsDays: 36_500 } });
  onTestFinished(() => history.close());
  return history;
}

const { signal } = new AbortController();

function modelsOf(history: History): LearnedModels {
  return new LearnedModels({
    history: storeOf(history),
    source: storeOf(history).viewed({}),
    selectors: [],
    service: "shop",
    stepMillis: MINUTE,
  });
}

async function watchedQueues(history: History): Promise<ReadonlyMap<string, JudgedSeries>> {
  const series = new Map<string, JudgedSeries>();
  for await (const { labels } of history.select({
    matchers: [{ label: "__name__", operator: "=", value: "message_queue_size" }],
    from: FROM,
    to: TRAINED,
  })) {
    const { __name__: _name, ...rest } = labels;
    const watched = {
      metric: "message_queue_size",
      kind: "value",
      type: "gauge",
      expression: "message_queue_size",
      rank: 3,
      selectedBy: [],
    } as const;
    series.set(`value message_queue_size ${JSON.stringify(rest)}`, new JudgedSeries(watched, rest, 0.07));
  }
  return series;
}

test("models of series and of their group are trained from the store, loaded again, and find what is unusual", async () => {
  const first = await opened();
  const series = await watchedQueues(first);
  expect(series.size).toBe(2);
  const trained = modelsOf(first);
  // One series at a time, then the group, and then nothing until the next day.
  for (const count of [1, 2, 3, 3]) {
    await trained.train(series, TRAINED, signal);
    expect((await storedModels(storeOf(first))).size).toBe(count);
  }
  await first.close();

  const history = await opened();
  const models = modelsOf(history);
  const begun: { metric: string; since: number }[] = [];
  for (let time = TRAINED + MINUTE; time <= END; time += MINUTE) {
    const learned = await models.apply(time, signal);
    if (learned === undefined) throw new Error("no models were loaded");
    for (const [key, each] of series) {
      each.learned = learned.results.get(key);
      const found = each.push(time / 1_000, learned.values.get(key) ?? Number.NaN);
      if (found !== undefined) begun.push({ ...found, metric: each.labels["queue"] ?? "" });
    }
    const joint = models.joint?.push(time / 1_000, learned.values, series);
    if (joint !== undefined) begun.push(joint);
    // Once in this step.
    expect(await models.apply(time + 15_000, signal)).toBeUndefined();
  }
  const [together, ...others] = begun;
  expect(together).toMatchObject({
    metric: "joint",
    detector: "learned",
    contributions: [
      { metric: "message_queue_size", kind: "value", share: expect.any(Number) },
      { metric: "message_queue_size" },
    ],
  });
  const minutes = ((together?.since ?? 0) * 1_000 - BROKEN) / MINUTE;
  expect(minutes).toBeGreaterThanOrEqual(0);
  expect(minutes).toBeLessThan(20);
  const mails = others.find(({ metric }) => metric === "mails");
  expect(mails).toMatchObject({ detector: "learned" });
  expect(Math.abs((mails?.since ?? 0) * 1_000 - FAULT)).toBeLessThan(10 * MINUTE);
  expect(warnings).toEqual([]);
});

test("the model of a series that has been absent for a day is not applied any more, and stays stored", async () => {
  const history = await opened();
  const series = await watchedQueues(history);
  const models = modelsOf(history);
  for (let i = 0; i < 2; i++) await models.train(series, TRAINED, signal);
  const applied = async (time: number): Promise<number> =>
    (await models.apply(time, signal))?.results.size ?? 0;
  expect(await applied(TRAINED + MINUTE)).toBe(2);
  const [[key, left] = ["", undefined]] = series;
  const remaining = new Map(left === undefined ? [] : [[key, left]]);
  for (const hours of [1, 20]) {
    await models.train(remaining, TRAINED + hours * 60 * MINUTE, signal);
    expect(await applied(TRAINED + (hours * 60 + 1) * MINUTE)).toBe(2);
  }
  await models.train(remaining, TRAINED + 26 * 60 * MINUTE, signal);
  expect(await applied(TRAINED + (26 * 60 + 1) * MINUTE)).toBe(1);
  const stored = await storedModels(storeOf(history));
  for (const each of series.keys()) expect(stored.has(`anomalies of shop: ${each}`)).toBe(true);
});

test("a series without a day of data is not trained, and a model that no longer fits is removed", async () => {
  const history = await opened();
  const series = await watchedQueues(history);
  const young = modelsOf(history);
  for (const { name } of await storeOf(history).models()) await storeOf(history).putModel(name, undefined);
  for (let i = 0; i < 3; i++) await young.train(series, FROM + 1_000 * MINUTE, signal);
  expect(await storeOf(history).models()).toEqual([]);

  // A model of another series, whose values are lower.
  const normal = normalNumbers(8);
  const range = { from: 0, to: 2_000 * 60, step: 60 };
  const other = await storeOf(history).trainWindow(
    new Float64Array(2_000).map(() => normal()),
    range,
  );
  if (other.kind === "untrained") throw new Error(other.reason);
  const [key = ""] = series.keys();
  await storeModel(storeOf(history), `anomalies of shop: ${key}`, other);
  const models = modelsOf(history);
  const untrained = trainingFails(history);
  const failing = new LearnedModels({
    history: untrained,
    source: storeOf(history).viewed({}),
    selectors: [],
    service: "shop",
    stepMillis: MINUTE,
  });
  await failing.train(series, TRAINED, signal);
  expect(await storeOf(history).models()).toEqual([]);
  // The results of the last model are not kept.
  expect(await failing.apply(TRAINED, signal)).toMatchObject({ results: new Map() });
  // The next training succeeds.
  await models.train(series, TRAINED, signal);
  expect([...(await storedModels(storeOf(history))).keys()]).toEqual([`anomalies of shop: ${key}`]);
});

function trainingFails(history: History): ConstructorParameters<typeof LearnedModels>[0]["history"] {
  const reason = "5 alarms in 0.3 days of its own data";
  return {
    trainWindow: async () => ({ kind: "untrained", reason }),
    trainJoint: async () => ({ kind: "untrained", reason }),
    models: () => storeOf(history).models(),
    putModel: (name, document) => storeOf(history).putModel(name, document),
  };
}

test("the model of a group is tested with the values of its own series, in any order", async () => {
  const history = await opened();
  const store = storeOf(history);
  for (const { name } of await store.models()) await store.putModel(name, undefined);
  const series = await watchedQueues(history);
  const trained = modelsOf(history);
  for (let i = 0; i < 3; i++) await trained.train(series, TRAINED, signal);
  const name = "anomalies of shop: joint";
  const joint = (await storedModels(store)).get(name);
  if (joint?.kind !== "joint") throw new Error("there is no model of the group");
  const { names = [], range } = joint;
  const isKept = async (kept: readonly string[], present: typeof series): Promise<boolean> => {
    // Its training is due, and fails.
    await storeModel(store, name, { ...joint, names: kept, range: { ...range, to: 0 } });
    const models = new LearnedModels({
      history: trainingFails(history),
      source: store.viewed({}),
      selectors: [],
      service: "shop",
      stepMillis: MINUTE,
    });
    await models.train(present, TRAINED, signal);
    return (await storedModels(store)).has(name);
  };
  expect(await isKept(names, series)).toBe(true);
  expect(await isKept(names, new Map([...series].toReversed()))).toBe(true);
  expect(await isKept([...names].toReversed(), series)).toBe(false);
  expect(await isKept(["an ended series", ...names.slice(1)], series)).toBe(false);
});
