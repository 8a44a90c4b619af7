import { prepare, type Prepared } from "../../query/evaluation/prepared.ts";
import { type CheckedRule, ruleKey, stateKey } from "../rules/checked-group.ts";
import { DataSearch } from "./missing-data.ts";
import type { SavedRule } from "./saved-groups.ts";

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

  constructor(checked: Checked, writerKey = "") {
    this.checked = checked;
    this.data = new DataSearch(checked);
    this.writerKey = writerKey;
  }

  /** The expression of the rule. */
  get prepared(): Prepared {
    return (this.#prepared ??= prepare(this.checked.expression));
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
