import { isObject } from "../../options/check.ts";
import { type Parser, prefixOf, Section } from "../../options/parser.ts";
import { pacedGroups } from "../rules/generated-groups.ts";
import type { Rule, RuleGroup } from "../rules/rule.ts";
import type { Monitor } from "./monitor.ts";
import { ANOMALIES, MISSING_METRICS, TELEMETRY } from "./telemetry.ts";
import { COMMANDS, KERNELS, MESSAGING } from "./messaging.ts";
import { CONNECTIONS, HEALTH, HTTP } from "./health.ts";
import { COORDINATION } from "./coordination.ts";
import { DISK, EVENT_LOOP, PROCESS } from "./process.ts";
import { MEMORY } from "./memory.ts";
import { MODELS } from "./models.ts";

/**
 * Option `monitors`: all on or off, or parameters by the name of a monitor. `false` switches one off. Monitors that are
 * not named have their defaults.
 */
export type MonitorOptions = boolean | Readonly<Record<string, boolean | object>>;

/** Parsed {@link MonitorOptions}. */
export interface MonitorRules {
  /** A group for each area. */
  readonly groups: readonly RuleGroup[];
}

/** Parses option `monitors`. Monitors are on by default. */
export const MONITORS: Section<MonitorRules> = new Section("monitors", (parser, given, place) => {
  if (given === false) return { groups: [] };
  const known = [...CATALOGUE.values()].flat();
  if (isObject(given)) {
    const names = known.map(({ name }) => name);
    parser.refuseUnknown(prefixOf(place), given, names);
  } else if (given !== undefined && given !== true) {
    parser.problem(place, given, `be true, false or an object such as { diskFull: { for: "10m" } }`);
  }
  const options = isObject(given) ? given : {};
  const on = known.filter(({ name }) => !Object.hasOwn(options, name) || options[name] !== false);
  const groups = [...CATALOGUE].map(([area, monitors]) => ({
    name: `tachymeter-${area}`,
    rules: monitors
      .filter((monitor) => on.includes(monitor))
      .flatMap((monitor) => rulesOf(parser, `${prefixOf(place)}${monitor.name}`, monitor, options, on)),
  }));
  return { groups: groups.filter(({ rules }) => rules.length > 0) };
});

/**
 * Returns the rules of the predefined monitors, in groups by area and by the interval that they need.
 *
 * @example
 * monitorGroups({ diskFull: { for: "10m", threshold: 0.9 }, leaderFlapping: false });
 * @throws OptionsError with all unknown monitors and all invalid parameters.
 */
export function monitorGroups(options: MonitorOptions = true): readonly RuleGroup[] {
  return MONITORS.settings(options).groups.flatMap((group) => pacedGroups(group));
}

function rulesOf(
  parser: Parser,
  place: string,
  { name, rules }: Monitor,
  options: Readonly<Record<string, unknown>>,
  on: readonly Monitor[],
): readonly Rule[] {
  const given = Object.hasOwn(options, name) ? options[name] : true;
  if (given !== true && given !== undefined && !isObject(given))
    parser.problem(place, given, "be true, false or an object of parameters");
  return rules(parser, place, given, on);
}

/** All predefined monitors by area, which is the end of the name of their group. */
export const CATALOGUE: ReadonlyMap<string, readonly Monitor[]> = new Map([
  ["event-loop", EVENT_LOOP],
  ["memory", MEMORY],
  ["process", PROCESS],
  ["disk", DISK],
  ["messaging", MESSAGING],
  ["commands", COMMANDS],
  ["coordination", COORDINATION],
  ["health", HEALTH],
  ["kernels", KERNELS],
  ["connections", CONNECTIONS],
  ["http", HTTP],
  ["models", MODELS],
  ["anomalies", ANOMALIES],
  ["telemetry", TELEMETRY],
  ["missing-metrics", MISSING_METRICS],
]);
