import { diag } from "@opentelemetry/api";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { HistoryStore } from "../../src/history/history-store.ts";
import {
  modelFrom,
  removeModel,
  stillFits,
  storedModels,
  storeModel,
} from "../../src/anomalies/models/stored-models.ts";
import type { WindowModel } from "../../src/history/models/window-model.ts";
import { openSqlite } from "../../src/history/store/sqlite.ts";
import { normalNumbers } from "../history/analysis/known-data.ts";
import { collectWarnings } from "../kit/collect-warnings.ts";
import { newFolder } from "../kit/new-folder.ts";

const POINTS = 4_000;
const range = { from: 1_000_000, to: 1_000_000 + POINTS * 60, step: 60 };

let warnings: readonly string[] = [];

beforeEach(() => {
  warnings = collectWarnings();
  return () => diag.disable();
});

function noise(seed: number, height = 1): Float64Array {
  const normal = normalNumbers(seed);
  return new Float64Array(POINTS).map(() => 10 + height * normal());
}

async function opened(path: string, readOnly = false): Promise<HistoryStore> {
  const history = await HistoryStore.open({ path, readOnly });
  onTestFinished(() => history.close());
  return history;
}

async function learned(history: HistoryStore): Promise<WindowModel> {
  const model = await history.trainWindow(noise(1), range);
  if (model.kind === "window") return model;
  throw new Error(model.reason);
}

test("models are trained in the thread of the store, stored, read again and removed", async () => {
  const path = join(newFolder("models"), "tachymeter.db");
  const history = await opened(path);
  expect(await storedModels(history)).toEqual(new Map());
  const model = await learned(history);
  expect(model).toMatchObject({ range, evaluation: { alarms: 0 } });
  const joint = await history.trainJoint([noise(2), noise(3), noise(4)], range);
  if (joint.kind !== "joint") throw new Error(joint.reason);
  await storeModel(history, "queue", model);
  await storeModel(history, "queue", model);
  await storeModel(history, "group", joint);
  await history.close();
  const reader = await opened(path, true);
  expect(await storedModels(reader)).toEqual(
    new Map<string, unknown>([
      ["queue", model],
      ["group", joint],
    ]),
  );
  await removeModel(await opened(path), "queue");
  expect([...(await storedModels(reader)).keys()]).toEqual(["group"]);
  expect(warnings).toEqual([]);
});

test("a read-only store keeps its models, and the failure is logged", async () => {
  const path = join(newFolder("models"), "tachymeter.db");
  const writer = await opened(path);
  const model = await learned(writer);
  await writer.close();
  const reader = await opened(path, true);
  await storeModel(reader, "queue", model);
  expect(await storedModels(reader)).toEqual(new Map());
  expect(warnings).toEqual([
    expect.stringMatching(/^anomalies: model "queue" cannot be stored \(.*readonly/),
  ]);
});

test("models of another version and damaged ones are ignored, with a warning each", async () => {
  const path = join(newFolder("models"), "tachymeter.db");
  const history = await opened(path);
  const model = await learned(history);
  await storeModel(history, "good", model);
  await history.putModel("other version", JSON.stringify({ ...model, version: 99 }));
  await history.putModel("no JSON", "{");
  await history.putModel(
    "wrong size",
    JSON.stringify({ ...model, projection: { size: 16, main: 3, rows: [1] } }),
  );
  await history.putModel("null", "null");
  expect([...(await storedModels(history)).keys()]).toEqual(["good"]);
  expect(warnings).toEqual([
    'anomalies: stored model "other version" is ignored: its version is 99, not 1; it is trained again',
    'anomalies: stored model "no JSON" is ignored: it is damaged; it is trained again',
    'anomalies: stored model "wrong size" is ignored: it is damaged; it is trained again',
    'anomalies: stored model "null" is ignored: it is damaged; it is trained again',
  ]);
});

test("a document without any of its parts is not a model", async () => {
  const history = await opened(join(newFolder("models"), "tachymeter.db"));
  const model = await learned(history);
  const joint = await history.trainJoint([noise(2), noise(3)], range);
  for (const whole of [model, joint]) {
    expect(modelFrom(JSON.stringify(whole))).toEqual(whole);
    for (const key of Object.keys(whole))
      expect(typeof modelFrom(JSON.stringify({ ...whole, [key]: undefined }))).toBe("string");
  }
});

test("the number of stored models is bounded, and a huge one is refused", async () => {
  const path = join(newFolder("models"), "tachymeter.db");
  const history = await opened(path);
  await Promise.all(Array.from({ length: 1_010 }, (_, i) => history.putModel(`model ${i}`, "{}")));
  const names = (await history.models()).map(({ name }) => name);
  expect([names.length, names[0], names.at(-1)]).toEqual([1_000, "model 10", "model 1009"]);
  await expect(history.putModel("huge", "x".repeat(300_000))).rejects.toThrow(
    /model "huge" has 300000 characters/,
  );
});

test("a row of the table that is not a text is left out", async () => {
  const path = join(newFolder("models"), "tachymeter.db");
  const history = await opened(path);
  await history.putModel("text", "{}");
  await history.close();
  expect(existsSync(path)).toBe(true);
  const database = openSqlite(path);
  database.exec("INSERT INTO models (name, document) VALUES ('blob', x'00ff')");
  database.close();
  expect(await (await opened(path)).models()).toEqual([{ name: "text", document: "{}" }]);
});

test("a model still fits data like that of its training, and not a series that has changed", async () => {
  const history = await opened(join(newFolder("models"), "tachymeter.db"));
  const model = await learned(history);
  expect(await stillFits(model, [noise(8)], range.to)).toBe(true);
  const changed = noise(9).map((value, i) => (i % 200 < 20 ? value + 8 : value));
  expect(await stillFits(model, [changed], range.to)).toBe(false);
  const joint = await history.trainJoint([noise(2), noise(3)], range);
  if (joint.kind !== "joint") throw new Error(joint.reason);
  expect(await stillFits(joint, [noise(5), noise(6)], range.to)).toBe(true);
});
