import { expect, test } from "vitest";
import { type JointModel, JointWatch, trainJointModel } from "../../../src/history/models/joint-model.ts";
import type { Untrained } from "../../../src/history/models/training.ts";
import { normalNumbers } from "../analysis/known-data.ts";
import { type Fault, generatedGroup } from "./generated-group.ts";

const TRAINING = 3_000;
const POINTS = 5_000;
const range = { from: 0, to: TRAINING * 60, step: 60 };

function trained(columns: readonly Float64Array[]): JointModel | Untrained {
  const steps = trainJointModel(columns, range);
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
  }
}

function modelOf(columns: readonly Float64Array[]): JointModel {
  const model = trained(columns.map((column) => column.subarray(0, TRAINING)));
  if (model.kind === "joint") return model;
  throw new Error(model.reason);
}

const isWithin = (i: number, { from, to }: Fault): boolean => i >= from && i < to;

test("broken correlations are found, with the series that broke them", () => {
  let [truePoints, falsePoints, missedPoints, found, faulty, named] = [0, 0, 0, 0, 0, 0];
  for (let seed = 1; seed <= 6; seed++) {
    const { columns, faults } = generatedGroup(31 * seed, TRAINING, POINTS);
    const watch = new JointWatch(modelOf(columns));
    const firstAlarms = new Map<Fault, number>();
    for (let i = TRAINING; i < POINTS; i++) {
      const verdict = watch.push(columns.map((column) => column[i]!));
      const fault = faults.find((each) => isWithin(i, each));
      if (verdict?.isAlarm === true && fault !== undefined) {
        truePoints++;
        if (!firstAlarms.has(fault)) firstAlarms.set(fault, verdict.column);
      } else if (verdict?.isAlarm === true) falsePoints++;
      else if (fault !== undefined) missedPoints++;
    }
    faulty += faults.length;
    found += firstAlarms.size;
    for (const [{ column }, alarmed] of firstAlarms) if (column === alarmed) named++;
  }
  expect(found / faulty).toBeGreaterThan(0.9);
  expect(named / found).toBeGreaterThan(0.85);
  expect((2 * truePoints) / (2 * truePoints + falsePoints + missedPoints)).toBeGreaterThan(0.8);
});

test("contributions of the series add up to 1, and the faulty one has most", () => {
  const { columns, faults } = generatedGroup(7, TRAINING, POINTS);
  const watch = new JointWatch(modelOf(columns));
  const [{ from, to, column } = { from: 0, to: 0, column: 0 }] = faults;
  let last;
  for (let i = from - 50; i < to; i++) last = watch.push(columns.map((each) => each[i]!));
  expect(last?.contributions.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 9);
  expect(last?.contributions.indexOf(Math.max(...(last?.contributions ?? [])))).toBe(column);
});

test("missing values are filled in from the others, and too many have no result", () => {
  const { columns } = generatedGroup(11, TRAINING, POINTS);
  const watch = new JointWatch(modelOf(columns));
  let alarms = 0;
  for (let i = TRAINING; i < TRAINING + 300; i++) {
    const row = columns.map((column, c) => (c === i % 3 ? Number.NaN : column[i]!));
    if (watch.push(row)?.isAlarm === true) alarms++;
  }
  expect(alarms).toBe(0);
  expect(watch.push(columns.map(() => Number.NaN))).toBeUndefined();
  expect(watch.push([])).toBeUndefined();
});

test("constant series have no role, and a training is deterministic", () => {
  const { columns } = generatedGroup(13, TRAINING, POINTS);
  const withConstant = [new Float64Array(POINTS).fill(5), ...columns];
  const model = modelOf(withConstant);
  expect(model.used).toEqual(columns.map((_, i) => i + 1));
  expect(modelOf(withConstant)).toEqual(model);
  expect(JSON.parse(JSON.stringify(model))).toEqual(model);
  expect(JSON.stringify(model).length).toBeLessThan(4_000);
});

test("too little data has no model, with the reason", () => {
  const normal = normalNumbers(1);
  const noise = (count: number): Float64Array => new Float64Array(count).map(() => normal());
  expect(trained([])).toMatchObject({ reason: "fewer than two series that change" });
  expect(trained([noise(1_000), new Float64Array(1_000)])).toMatchObject({
    reason: "fewer than two series that change",
  });
  expect(trained([noise(100), noise(100)])).toMatchObject({ reason: "not enough data" });
  expect(trained([noise(1_000), new Float64Array(1_000).fill(Number.NaN)])).toMatchObject({
    kind: "untrained",
  });
  expect(trained(Array.from({ length: 65 }, () => noise(10)))).toMatchObject({
    reason: "more than 64 series",
  });
});

test("infinite, huge and tiny values are handled", () => {
  const normal = normalNumbers(3);
  const noise = (scale: number): Float64Array => new Float64Array(2_000).map(() => scale * normal());
  const columns = [noise(1e300), noise(1e-300), noise(1), noise(1)];
  columns[2]![100] = Infinity;
  const model = trained(columns);
  if (model.kind !== "joint") throw new Error(model.reason);
  const watch = new JointWatch(model);
  for (const value of [Infinity, -Infinity, 1e308, 0]) {
    const probability = watch.push([value, value, value, value])?.probability ?? 1;
    expect(probability >= 0 && probability <= 1).toBe(true);
  }
});
