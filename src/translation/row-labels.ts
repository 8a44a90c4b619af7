// The labels of rows, in steps: a row may have a million attributes.
import type { CollectedMetric } from "../engine/collection/collected-metric.ts";
import type { Scope } from "../engine/scope.ts";
import type { Interner } from "../engine/series/interner.ts";
import type { KeyedLabel, Label, MetricPlan } from "./family.ts";
import { joinedSteps, keySteps, pairLabels } from "./label-steps.ts";
import { BUCKET_LABEL, scopeLabel, scopeLabels } from "./labels.ts";
import type { Translation } from "./translation.ts";

/** The labels of a row, and their text or hash, which identifies the series within its family. */
export interface LabelledRow {
  readonly labels: readonly Label[];
  readonly key: string;
}

/**
 * Labels of the rows of one collection. If scope labels are off and series of two scopes have the same labels, the later
 * one keeps the labels of its scope.
 */
export class RowLabels {
  readonly #translation: Translation;
  readonly #interner: Interner;
  readonly #laterScope: "all" | "name";
  // Scratch: the attribute pairs of the current row.
  #ids = new Int32Array(16);

  /** @param laterScope labels of a later scope: all, or its name, and the rest only if the two are still the same. */
  constructor(translation: Translation, interner: Interner, laterScope: "all" | "name" = "all") {
    this.#translation = translation;
    this.#interner = interner;
    this.#laterScope = laterScope;
  }

  /** @param isOfAnother returns whether a key belongs to a series of another scope. */
  *of(
    metric: CollectedMetric,
    plan: MetricPlan,
    row: number,
    isOfAnother: (key: string, scope: Scope) => boolean,
  ): Generator<undefined, LabelledRow> {
    const { scope } = metric;
    let labels = yield* this.#labels(metric, row, plan, plan.constantLabels);
    let key = yield* keySteps(labels);
    for (const ofScope of isOfAnother(key, scope) ? this.#labelsOfLater(scope) : []) {
      if (!isOfAnother(key, scope)) break;
      labels = yield* this.#labels(metric, row, plan, [...plan.constantLabels, ...ofScope]);
      key = yield* keySteps(labels);
    }
    return { labels, key };
  }

  // Candidates, tried one after the other; empty if series have scope labels anyway.
  #labelsOfLater(scope: Scope): readonly (readonly KeyedLabel[])[] {
    const { settings, names } = this.#translation;
    if (settings.scopeLabels !== false) return [];
    const all = scopeLabels(scope, names);
    return this.#laterScope === "all" ? [all] : [[scopeLabel("name", scope.name, names)], all];
  }

  /** The labels of a row that has those of no other. */
  ofRow(metric: CollectedMetric, plan: MetricPlan, row: number): Generator<undefined, readonly Label[]> {
    return this.#labels(metric, row, plan, plan.constantLabels);
  }

  *#labels(
    { series }: CollectedMetric,
    row: number,
    { head }: MetricPlan,
    constant: readonly KeyedLabel[],
  ): Generator<undefined, readonly Label[]> {
    let count = series.pairsOf(row, this.#ids);
    if (count > this.#ids.length) {
      this.#ids = new Int32Array(2 * count);
      count = series.pairsOf(row, this.#ids);
    }
    const reserved = head.kind === "histogram" ? BUCKET_LABEL : undefined;
    const ids = this.#ids.subarray(0, count);
    const own = yield* pairLabels(ids, this.#interner, this.#translation.names, reserved);
    return yield* joinedSteps(own.concat(constant));
  }
}
