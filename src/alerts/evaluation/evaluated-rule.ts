import { prepare, type Prepared } from "../../query/evaluation/prepared.ts";
import { withExactCounts } from "../monitors/ratios.ts";
import {
  type CheckedRecordingRule,
  type CheckedRule,
  ruleKey,
  sortedEntries,
  stateKey,
} from "../rules/checked-group.ts";
import { DataSearch } from "./missing-data.ts";
import type { SavedRule } from "./saved-groups.ts";
import type { Shortcuts } from "../../query/evaluation/shortcuts.ts";
import type { Labels } from "../../query/source.ts";
import type { RecordedColumn } from "./recorded-column.ts";
import { MAX_RECORDED_SERIES } from "./recorded-series.ts";
import { type Evaluation, rowsOf } from "./evaluation.ts";

/** A rule, and the outcome of its last evaluation. */
export class EvaluatedRule<Checked extends CheckedRule> {
  readonly checked: Checked;
  readonly data: DataSearch;
  /** Key of the series that it writes. Rules with the same one follow each other. */
  readonly writerKey: string;
  /** Error of the last evaluation if some of its series were not written, since another rule writes them. */
  refusal: string | undefined;
  /** Whether its last evaluation has a result; `undefined` before the first. */
  hasResult: boolean | undefined;
  lastError: string | undefined;
  durationSeconds = 0;
  // Prepared at the first evaluation: all rules at once would hold the start of the process.
  #prepared: Prepared | undefined;
  readonly #isExact: boolean;

  /** @param isExact whether counts are exact, since the source knows the starts of series. */
  constructor(checked: Checked, isExact: boolean, writerKey = "") {
    this.checked = checked;
    this.#isExact = isExact;
    this.data = new DataSearch(checked);
    this.writerKey = writerKey;
  }

  /** The expression of the rule. */
  get prepared(): Prepared {
    const { expression } = this.checked;
    return (this.#prepared ??= prepare(this.#isExact ? withExactCounts(expression) : expression));
  }

  /** The state, for a rule that continues this one. */
  get state(): SavedRule {
    const { checked, data } = this;
    return { key: ruleKey(checked), stateKey: stateKey(checked), seen: data.seen, alerts: [] };
  }

  /** Continues the state of a rule with the same name and labels. */
  restore({ key, seen }: SavedRule, _awaitedUntil?: number): void {
    if (key === ruleKey(this.checked)) this.data.seen = seen;
  }
}

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
      await this.data.look(evaluation, queryMillis);
    return "none";
  }

  #labelsOf(labels: Labels): Labels {
    const all = { ...labels, ...this.checked.labels, __name__: this.checked.name };
    return Object.fromEntries(sortedEntries(all).filter(([, value]) => value !== ""));
  }
}
