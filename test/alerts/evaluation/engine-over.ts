import { RuleEngine, type RuleEngineOptions } from "../../../src/alerts/evaluation/rule-engine.ts";
import type { Alert } from "../../../src/alerts/alert.ts";
import { checkGroups } from "../../../src/alerts/rules/check-groups.ts";
import type { CheckedGroup } from "../../../src/alerts/rules/checked-group.ts";
import type { RuleGroup } from "../../../src/alerts/rules/rule.ts";
import { query } from "../../../src/query/index.ts";
import { MemorySeries } from "../../../src/testing/rule-tests/memory-series.ts";
import { seriesFrom } from "../../../src/testing/rule-tests/series-notation.ts";

/** Time of an evaluation, and the alerts that are passed on after it. */
export interface Report {
  readonly time: number;
  readonly alerts: readonly Alert[];
}

/** An engine over series in promtool's notation, with a value each minute from time 0 on. */
export interface EngineOver {
  readonly engine: RuleEngine;
  readonly groups: readonly CheckedGroup[];
  readonly source: MemorySeries;
  /** The reports so far. */
  readonly reports: Report[];
  /** Evaluates all groups at minutes, the last one included. */
  readonly run: (from: number, to: number) => Promise<void>;
  /** Alerts as `state labels`, pending and firing. */
  readonly states: () => readonly string[];
  /** Rows of a query, as `labels value`. */
  readonly rows: (expression: string, minute: number) => Promise<readonly string[]>;
}

/** Creates an engine over series. */
export function engineOver(
  groups: readonly RuleGroup[],
  series: Readonly<Record<string, string>>,
  options: Partial<RuleEngineOptions> = {},
): EngineOver {
  const source = new MemorySeries(
    Object.entries(series).map(([name, values]) => seriesFrom(name, values, 60_000)),
  );
  return engineOn(groups, source, options);
}

/** Creates an engine over a source. */
export function engineOn(
  groups: readonly RuleGroup[],
  source: MemorySeries,
  options: Partial<RuleEngineOptions> = {},
): EngineOver {
  const checked = checkGroups("test", groups);
  if (checked.problems.length > 0) throw new Error(JSON.stringify(checked.problems));
  const reports: Report[] = [];
  const engine = new RuleEngine({
    groups: checked.groups,
    source,
    intervalMillis: 60_000,
    onEvaluated: (alerts, time) => void reports.push({ time, alerts }),
    ...options,
  });
  return {
    engine,
    groups: checked.groups,
    source,
    reports,
    async run(from, to) {
      for (let minute = from; minute <= to; minute++) {
        source.untilMillis = minute * 60_000;
        await engine.evaluate(undefined, minute * 60_000);
      }
    },
    states: () => engine.active().map(({ state, labels }) => `${state} ${shown(labels)}`),
    async rows(expression, minute) {
      const result = await query(expression, { source: engine.source, time: minute * 60 });
      if (result.kind !== "vector") throw new Error(`the result must be a vector, got ${result.kind}`);
      return result.series
        .map(({ labels, value }) => `${shown(labels)} ${typeof value === "number" ? value : "histogram"}`)
        .toSorted();
    },
  };
}

function shown(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(",");
}
