import type { Shortcuts } from "../../query/evaluation/shortcuts.ts";
import type { Labels } from "../../query/source.ts";
import { type CheckedRecordingRule, sortedEntries } from "../rules/checked-group.ts";
import { EvaluatedRule } from "./evaluated-rule.ts";
import type { RecordedColumn } from "./recorded-column.ts";
import { MAX_RECORDED_SERIES } from "./recorded-series.ts";
import { type Evaluation, rowsOf } from "./evaluation.ts";

/** A recording rule. */
export class RecordingRuleRun extends EvaluatedRule<CheckedRecordingRule> {
  /**
   * Evaluates the rule and writes its series. `shortcuts` save work that the rules of a group share. It has no
   * state to save. Rejects without writing anything if it fails.
   */
  async evaluate(evaluation: Evaluation, shortcuts: Shortcuts): Promise<"none"> {
    const { source, recorded, queryMillis, limit, signal, missingData } = evaluation;
    const result = this.prepared.at(source, queryMillis, { signal, shortcuts });
    const rows = rowsOf(result instanceof Promise ? await result : result);
    if (limit > 0 && rows.length > limit)
      throw new Error(`exceeded limit of ${limit} with ${rows.length} series`);
    const values = new Map<RecordedColumn, (typeof rows)[number]["value"]>();
    for (const { labels, value } of rows) {
      const column = recorded.column(this.#labelsOf(labels));
      if (column === undefined)
        throw new Error(`rules may write at most ${MAX_RECORDED_SERIES} series; aggregate, or set a limit`);
      if (values.has(column))
        throw new Error("vector contains metrics with the same labelset after applying rule labels");
      values.set(column, value);
    }
    this.refusal = recorded.writer(this.writerKey).write(values, queryMillis);
    if (rows.length > 0 && missingData !== "resolve" && !this.data.hasSeenAll)
      await this.data.look(source, queryMillis);
    return "none";
  }

  #labelsOf(labels: Labels): Labels {
    const all = { ...labels, ...this.checked.labels, __name__: this.checked.name };
    return Object.fromEntries(sortedEntries(all).filter(([, value]) => value !== ""));
  }
}
