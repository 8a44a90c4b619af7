import { expect, test } from "vitest";
import type { Untrained } from "../../../src/history/models/training.ts";
import { type WindowModel, WindowWatch } from "../../../src/history/models/window-model.ts";
import { trainWindowModel } from "../../../src/history/models/window-training.ts";
import { normalNumbers, randomNumbers } from "../analysis/known-data.ts";

const DAY = 1_440;

function trained(values: Float64Array): WindowModel | Untrained {
  const steps = trainWindowModel(values, { from: 0, to: values.length * 60, step: 60 });
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function modelOf(values: Float64Array): WindowModel {
  const model = trained(values);
  if (model.kind === "window") return model;
  throw new Error(model.reason);
}

function alarmsIn(model: WindowModel, values: Float64Array, from: number): number {
  const watch = new WindowWatch(model);
  let [alarms, isAlarm] = [0, false];
  for (let i = from; i < values.length; i++) {
    const isNext = watch.push(i * 60, values[i]!)?.isAlarm === true;
    if (isNext && !isAlarm) alarms++;
    isAlarm = isNext;
  }
  return alarms;
}

type Kind = (seed: number, count: number) => Float64Array;

const quiet: Readonly<Record<string, Kind>> = {
  "white noise": (seed, count) => {
    const normal = normalNumbers(seed);
    return new Float64Array(count).map(() => 100 + 5 * normal());
  },
  "a daily season": (seed, count) => {
    const normal = normalNumbers(seed);
    return new Float64Array(count).map((_, i) => 20 + 10 * Math.sin((2 * Math.PI * i) / DAY) + normal());
  },
  "a random walk": (seed, count) => {
    const normal = normalNumbers(seed);
    let sum = 0;
    return new Float64Array(count).map(() => (sum += normal()));
  },
  bursts: (seed, count) => {
    const [normal, random] = [normalNumbers(seed), randomNumbers(seed + 1)];
    return new Float64Array(count).map(() => normal() + (random() < 0.01 ? 20 * random() : 0));
  },
};

test.each(Object.entries(quiet))("quiet series have few alarms: %s", (_, series) => {
  let [alarms, days] = [0, 0];
  for (let seed = 1; seed <= 4; seed++) {
    const values = series(17 * seed, 12 * DAY);
    const model = trained(values.subarray(0, 8 * DAY));
    if (model.kind === "untrained") continue;
    alarms += alarmsIn(model, values, 8 * DAY);
    days += 4;
  }
  // 16 days, with 0.05 alarms each.
  expect(alarms).toBeLessThanOrEqual(Math.max(1, 0.05 * days));
});

test.each([
  ["white noise", 15],
  ["a daily season", 3],
])("most level shifts of 3 standard deviations are found within 10 points: %s", (name, shift) => {
  const values = quiet[name]!(5, 12 * DAY);
  const model = modelOf(values.subarray(0, 10 * DAY));
  let found = 0;
  for (let fault = 0; fault < 20; fault++) {
    const at = 10 * DAY + 100 + 100 * fault;
    const shifted = values.subarray(0, at + 10).map((value, i) => (i < at ? value : value + shift));
    if (alarmsIn(model, shifted, at - 40) > 0) found++;
  }
  expect(found).toBeGreaterThanOrEqual(16);
});

test("a daily season is learned, and a model is small, plain and deterministic", () => {
  const values = quiet["a daily season"]!(3, 8 * DAY);
  const model = modelOf(values);
  expect(model.day).toHaveLength(96);
  expect(JSON.stringify(model).length).toBeLessThan(5_000);
  expect(JSON.parse(JSON.stringify(model))).toEqual(model);
  expect(modelOf(values)).toEqual(model);
});

test("a model is trained despite gaps, and has no result until a whole window is known", () => {
  const values = quiet["white noise"]!(9, 4 * DAY).map((value, i) => (i % 50 === 0 ? Number.NaN : value));
  const watch = new WindowWatch(modelOf(values));
  const results = Array.from(
    { length: 40 },
    (_, i) => watch.push(i * 60, i === 20 ? Number.NaN : 100) !== undefined,
  );
  expect(results.lastIndexOf(false)).toBe(35);
  expect(results.indexOf(true)).toBe(15);
});

test("too little data has no model, with the reason", () => {
  expect(trained(new Float64Array(2_000).fill(3))).toMatchObject({ reason: "no series that changes" });
  expect(trained(new Float64Array())).toMatchObject({ kind: "untrained" });
  expect(trained(quiet["white noise"]!(1, 200))).toMatchObject({ reason: "not enough data" });
  expect(trained(new Float64Array(2_000).fill(Number.NaN))).toMatchObject({ kind: "untrained" });
});

test("infinite, huge and tiny values are handled", () => {
  for (const scale of [1e299, 1e-290]) {
    const values = quiet["white noise"]!(2, 2 * DAY).map((value) => scale * value);
    values[7] = Infinity;
    const watch = new WindowWatch(modelOf(values));
    for (let i = 0; i < 40; i++) {
      const probability = watch.push(i * 60, [Infinity, 1e308, -1e308, 0][i % 4]!)?.probability ?? 1;
      expect(probability >= 0 && probability <= 1).toBe(true);
    }
  }
});
