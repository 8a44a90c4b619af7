/** The inner side of our metrics, for registries and collections. */
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { Scope } from "../engine/scope.ts";
import type { Interner } from "../engine/series/interner.ts";
import type { LabelRows } from "./label-rows.ts";
import type { Sample, SampleLines } from "./sample-lines.ts";
import { hide, sharedKey } from "./state.ts";

/** The side of a metric that collections read. */
export interface JoiningMetric {
  /** Name by which the metric was created. */
  readonly name: string;
  /** Runs callback `collect`, with a time-out. */
  readonly collect: () => Promise<void> | undefined;
  /** The metric for a collection of `reader`. */
  readonly collected: (interner: Interner, scope: Scope, reader: object) => readonly CollectedMetric[];
  /** Called when `reader` collects no more. */
  readonly forget: (reader: object) => void;
}

export interface OwnMetric extends JoiningMetric {
  /** The method that a subclass or the application may replace. */
  readonly get: unknown;
  /** Runs callback `collect`. */
  readonly run: () => Promise<void> | undefined;
  readonly rows: LabelRows;
  /** Description and samples, without the callback. */
  readonly describe: () => { readonly values: readonly Sample[] };
  /** Writes the samples, step by step. */
  readonly writeSamples: (lines: SampleLines) => Generator<undefined, void>;
}

const OWN = sharedKey("own_metric");

/** Sets the inner side of a metric of ours. */
export function addOwnMetric(metric: object, own: OwnMetric): void {
  hide(metric, OWN, own);
}

/** The inner side of a metric of ours, also of a `Proxy` around it; `undefined` for any other object. */
export function ownMetricOf(metric: object): OwnMetric | undefined {
  const own: OwnMetric | undefined = Reflect.get(metric, OWN);
  return own;
}
