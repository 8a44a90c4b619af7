// Learned models in a history's store.
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { HistoryStore } from "../../history/history-store.ts";
import { type JointModel, JointWatch } from "../../history/models/joint-model.ts";
import { DAY_SECONDS, type Evaluation, isQuiet, MODEL_VERSION } from "../../history/models/training.ts";
import { type WindowModel, WindowWatch } from "../../history/models/window-model.ts";
import { inSlices, Slices } from "../../io/yield.ts";
import { isObject } from "../../options/check.ts";

/** A learned model of one series or of a group. */
export type LearnedModel = WindowModel | JointModel;

type ModelHistory = Pick<HistoryStore, "models" | "putModel">;

/** Reads all models of a store. Damaged models and those of another version are left out, which is logged. */
export async function storedModels(
  history: Pick<ModelHistory, "models">,
): Promise<ReadonlyMap<string, LearnedModel>> {
  const found = new Map<string, LearnedModel>();
  const slices = new Slices();
  for (const { name, document } of await history.models()) {
    await slices.next();
    const model = modelFrom(document);
    if (typeof model === "string")
      diag.warn(`anomalies: stored model "${name}" is ignored: ${model}; it is trained again`);
    else found.set(name, model);
  }
  return found;
}

/** Stores a model under a name. If the store does not accept it, that is logged. */
export async function storeModel(
  history: Pick<ModelHistory, "putModel">,
  name: string,
  model: LearnedModel,
): Promise<void> {
  await history.putModel(name, JSON.stringify(model)).catch((error: unknown) => {
    diag.warn(
      `anomalies: model "${name}" cannot be stored (${errorMessage(error)}); it is trained again later`,
    );
  });
}

/** Removes a model that no longer fits. */
export async function removeModel(history: Pick<ModelHistory, "putModel">, name: string): Promise<void> {
  await history.putModel(name, undefined).catch((error: unknown) => {
    diag.warn(`anomalies: model "${name}" cannot be removed (${errorMessage(error)})`);
  });
}

interface RecentAlarms extends Evaluation {
  /** Share of the values with an alarm. */
  readonly share: number;
}

// A model of another level has one alarm, which does not end.
const MOST_ALARMING = 0.1;
const VALUES_A_PIECE = 64;

/**
 * Alarms of a model on recent values without known problems. `columns` has one list of values for each series of the
 * training, NaN if missing.
 */
function* evaluated(
  model: LearnedModel,
  columns: readonly Float64Array[],
  fromSeconds: number,
): Generator<void, RecentAlarms> {
  const count = columns[0]?.length ?? 0;
  const watch = model.kind === "joint" ? new JointWatch(model) : new WindowWatch(model);
  const row = new Float64Array(columns.length);
  let [alarms, alarming, isAlarm] = [0, 0, false];
  for (let i = 0; i < count; i++) {
    if (i % VALUES_A_PIECE === 0) yield;
    for (const [c, column] of columns.entries()) row[c] = column[i]!;
    const verdict =
      watch instanceof JointWatch ? watch.push(row) : watch.push(fromSeconds + i * model.range.step, row[0]!);
    const isNext = verdict?.isAlarm === true;
    if (isNext && !isAlarm) alarms++;
    if (isNext) alarming++;
    isAlarm = isNext;
  }
  return { days: (count * model.range.step) / DAY_SECONDS, alarms, share: alarming / Math.max(1, count) };
}

/** Whether a model still fits recent values without known problems. Works in slices. */
export async function stillFits(
  model: LearnedModel,
  columns: readonly Float64Array[],
  fromSeconds: number,
): Promise<boolean> {
  const recent = await inSlices(evaluated(model, columns, fromSeconds));
  return isQuiet(recent) && recent.share <= MOST_ALARMING;
}

/** The model, or the reason why a document is not one. */
export function modelFrom(document: string): LearnedModel | string {
  try {
    const model: unknown = JSON.parse(document);
    if (!isObject(model)) return "it is damaged";
    if (model["version"] !== MODEL_VERSION)
      return `its version is ${String(model["version"])}, not ${MODEL_VERSION}`;
    return isWindowModel(model) || isJointModel(model) ? model : "it is damaged";
  } catch {
    return "it is damaged";
  }
}

function isWindowModel(model: object): model is WindowModel {
  if (!hasCommonParts(model) || !("kind" in model) || model.kind !== "window") return false;
  const { form, scale, day, spreadTail, restTail }: Partial<Record<keyof WindowModel, unknown>> = model;
  return (
    (form === "level" || form === "shape") &&
    areNumbers(scale, ["centre", "scale"]) &&
    isNumbers(day) &&
    [spreadTail, restTail].every((tail) => areNumbers(tail, TAIL))
  );
}

function isJointModel(model: object): model is JointModel {
  if (!hasCommonParts(model) || !("kind" in model) || model.kind !== "joint") return false;
  const {
    columns,
    names,
    used,
    scales,
    projection,
    deviationTail,
    spreadTail,
  }: Partial<Record<keyof JointModel, unknown>> = model;
  return (
    Number.isInteger(columns) &&
    (names === undefined ||
      (Array.isArray(names) &&
        names.length === columns &&
        names.every((name) => typeof name === "string"))) &&
    isNumbers(used) &&
    isObject(projection) &&
    projection["size"] === used.length &&
    Array.isArray(scales) &&
    scales.length === used.length &&
    scales.every((scale) => areNumbers(scale, ["centre", "scale"])) &&
    [deviationTail, spreadTail].every((tail) => areNumbers(tail, TAIL))
  );
}

const TAIL = ["rare", "width", "shape"];

function hasCommonParts(model: object): boolean {
  const { range, projection, evaluation }: Readonly<Record<string, unknown>> = { ...model };
  return (
    areNumbers(range, ["from", "to", "step"]) &&
    areNumbers(evaluation, ["days", "alarms"]) &&
    areNumbers(projection, ["size", "main"]) &&
    isObject(projection) &&
    isNumbers(projection["rows"]) &&
    projection["rows"].length === Number(projection["size"]) ** 2
  );
}

function areNumbers(value: unknown, names: readonly string[]): boolean {
  return isObject(value) && names.every((name) => Number.isFinite(value[name]));
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((each) => Number.isFinite(each));
}
