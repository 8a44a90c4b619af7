// Rules over series of promtool's notation, evaluated each minute by our engine.
import { RuleEngine } from "../../../src/alerts/evaluation/rule-engine.ts";
import { checkGroups } from "../../../src/alerts/rules/check-groups.ts";
import type { RuleGroup } from "../../../src/alerts/rules/rule.ts";
import { MemorySeries } from "../../../src/testing/rule-tests/memory-series.ts";
import { seriesFrom } from "../../../src/testing/rule-tests/series-notation.ts";

/** The run of a test. */
export interface EngineRun {
  readonly groups: readonly RuleGroup[];
  readonly series: readonly { readonly series: string; readonly values: string }[];
  /** Time between two samples; by default that between two evaluations. */
  readonly sampleMillis?: number;
  /** Minutes between two evaluations. */
  readonly stepMinutes?: number;
  readonly minutes: number;
  readonly missingData: "hold" | "resolve";
  /** Whether recorded series are kept, as in a history. */
  readonly keepsAll?: boolean;
  /** Called after the evaluation of each step. */
  readonly onStep: (minute: number, engine: RuleEngine) => Promise<void> | void;
}

/** Runs rules over series from time 0 on. Throws if the rules are invalid, or one fails. */
export async function runRules(run: EngineRun): Promise<void> {
  const { groups, series, stepMinutes = 1, minutes, missingData, keepsAll = false, onStep } = run;
  const checked = checkGroups("monitors", groups);
  if (checked.problems.length > 0) throw new Error(JSON.stringify(checked.problems));
  const stepMillis = stepMinutes * 60_000;
  const { sampleMillis = stepMillis } = run;
  const source = new MemorySeries(series.map((each) => seriesFrom(each.series, each.values, sampleMillis)));
  // All groups at each step, as with an option `interval` of that length.
  const all = checked.groups.map((group) => ({ ...group, intervalMillis: undefined }));
  const engine = new RuleEngine({
    groups: all,
    source,
    intervalMillis: stepMillis,
    missingData,
    recorded: { keepsAll },
  });
  for (let minute = 0; minute < minutes; minute += stepMinutes) {
    source.untilMillis = minute * 60_000;
    await engine.evaluate(undefined, minute * 60_000);
    for (const { rules } of engine.groups())
      for (const { name, lastError } of rules)
        if (lastError !== undefined) throw new Error(`rule ${name} failed: ${lastError}`);
    await onStep(minute, engine);
  }
  await engine.end();
}
