// Options of the alerts.
import { HIDDEN } from "../diagnostics/redact.ts";
import { allSteps } from "../io/yield.ts";
import { isObject, oneOf, path } from "../options/check.ts";
import { type Parser, prefixOf, Section } from "../options/parser.ts";
import { type NameOf, renamed } from "../query/renamed.ts";
import { DELIVERY, type DeliveryOptions, type DeliverySettings } from "./delivery/index.ts";
import type { MissingData } from "./evaluation/evaluation.ts";
import { type MonitorOptions, MONITORS } from "./monitors/monitor-groups.ts";
import { groupSteps } from "./rules/check-groups.ts";
import type { CheckedGroup } from "./rules/checked-group.ts";
import { generatedGroups, pacedGroups } from "./rules/generated-groups.ts";
import { problemText } from "./rules/problem.ts";
import { readRuleFile, type RuleFile } from "./rules/rule-file.ts";
import type { RuleGroup } from "./rules/rule.ts";
import {
  type CheckedSequenceRule,
  joinedRules,
  refuseTemplates,
  SEQUENCES,
} from "./sequences/check-rules.ts";
import type { SequenceRule } from "./sequences/rule.ts";
import { readSequences, type SequenceFile } from "./sequences/rule-file.ts";
import type { Budget, Slo } from "./slo/slo.ts";
import { SLOS } from "./slo/slo-groups.ts";

/**
 * Options of the alerts.
 *
 * @example
 * start({
 *   alerts: {
 *     rules: ["alerts.yml"],
 *     monitors: { diskFull: { for: "10m" } },
 *     receivers: [{ type: "slack", url: process.env.SLACK_URL }],
 *   },
 * });
 */
export interface AlertOptions extends DeliveryOptions {
  /** Files of rules in Prometheus' format, and groups of rules in code. Files are read again when they change. */
  readonly rules?: readonly (string | RuleGroup)[] | undefined;
  /**
   * The predefined monitors: on, off, or parameters by the name of a monitor; `false` switches one off.
   *
   * @defaultValue true
   */
  readonly monitors?: MonitorOptions | undefined;
  /** Service level objectives and budgets, with alerts on the rate at which they burn. */
  readonly slo?: readonly (Slo | Budget)[] | undefined;
  /** Rules over sequences of events, and files of them. Files are read again when they change. */
  readonly sequences?: readonly (string | SequenceRule)[] | undefined;
  /**
   * Folder for the state of alerts, silences and waiting notifications, which then survive the process.
   *
   * @defaultValue with a history in a file: a folder beside it; otherwise none
   */
  readonly directory?: string | undefined;
  /**
   * Effect on an alert whose metric has disappeared. `hold` leaves it as it is, `resolve` resolves it as in Prometheus,
   * and `alert` raises an alert.
   *
   * @defaultValue "hold"
   */
  readonly missingData?: MissingData | undefined;
}

/** Parsed {@link AlertOptions}. */
export interface AlertSettings {
  readonly delivery: DeliverySettings;
  /** Files of rules, as read. */
  readonly files: readonly RuleFile[];
  /** Groups in code, of monitors and of objectives. */
  readonly groups: readonly CheckedGroup[];
  readonly sequences: SequenceSettings;
  readonly directory: string | undefined;
  readonly missingData: MissingData;
}

/** Rules over sequences. */
export interface SequenceSettings {
  /** Files of rules, as read. */
  readonly files: readonly SequenceFile[];
  /** Rules in code. */
  readonly rules: readonly CheckedSequenceRule[];
}

const NAMES = [
  "rules",
  "monitors",
  "slo",
  "sequences",
  "directory",
  "missingData",
  "receivers",
  "route",
  "inhibit",
  "muteTimes",
  "interval",
] as const satisfies (keyof AlertOptions)[];

const MISSING_DATA = oneOf("hold", "resolve", "alert");
const DIRECTORY = path("a folder");

/** Options of the alerts, parsed once. */
export const ALERTS: Section<AlertSettings> = new Section("alerts", (parser, given, place) =>
  allSteps(steps(parser, given, place)),
);

/** As `ALERTS.parse`, with a step for each rule. @param nameOf renames the metrics of monitors. */
export function* alertSteps(
  parser: Parser,
  given: unknown,
  place: string,
  nameOf?: NameOf,
): Generator<void, AlertSettings> {
  return ALERTS.settled(yield* steps(parser, given, place, nameOf));
}

function* steps(
  parser: Parser,
  given: unknown,
  place: string,
  nameOf?: NameOf,
): Generator<void, AlertSettings> {
  if (!isObject(given)) parser.problem(place, unshown(given), `be an object with ${NAMES.join(", ")}`);
  const options = isObject(given) ? given : {};
  const prefix = prefixOf(place);
  parser.refuseUnknown(prefix, options, NAMES);
  const { rules, monitors, slo, sequences, directory, missingData } = options;
  const { receivers, route, inhibit, muteTimes, interval } = options;
  const { files, groups } = yield* rulesFrom(parser, rules, `${prefix}rules`);
  const ofMonitors = MONITORS.parse(parser, monitors, `${prefix}monitors`).groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => ({ ...rule, expr: renamed(rule.expr, nameOf) })),
  }));
  const ofSlos = SLOS.parse(parser, slo, `${prefix}slo`).groups;
  yield;
  const delivery = DELIVERY.parse(parser, { receivers, route, inhibit, muteTimes, interval }, place);
  const paced = (generated: readonly RuleGroup[]): readonly RuleGroup[] =>
    generated.flatMap((group) => pacedGroups(group, delivery.intervalSeconds));
  const hasParameters = isObject(monitors) && Object.values(monitors).some((each) => isObject(each));
  return {
    delivery,
    files,
    groups: [
      ...groups,
      ...(hasParameters
        ? yield* checkedFrom(parser, paced(ofMonitors), place)
        : generatedGroups(place, paced(ofMonitors))),
      ...(yield* checkedFrom(parser, paced(ofSlos), `${prefix}slo`)),
    ],
    sequences: sequencesFrom(parser, sequences, `${prefix}sequences`),
    directory: parser.optional(`${prefix}directory`, directory, DIRECTORY),
    missingData: parser.optional(`${prefix}missingData`, missingData, MISSING_DATA) ?? "hold",
  };
}

function sequencesFrom(parser: Parser, given: unknown, place: string): SequenceSettings {
  if (given === undefined) return { files: [], rules: [] };
  const isList = Array.isArray(given);
  const list: readonly unknown[] = isList ? given : [];
  const files = list.filter((each) => typeof each === "string").map((each) => readSequences(each));
  for (const { file, problems } of files) {
    for (const problem of problems)
      parser.problem(place, file, `name files with valid rules (${problemText(problem)})`);
  }
  // A rule in code keeps its place in messages if there are no files.
  const inCode = isList && files.length > 0 ? list.filter((each) => typeof each !== "string") : given;
  const rules = SEQUENCES.parse(parser, inCode, place);
  refuseTemplates(parser, rules, place);
  if (parser.problems.length === 0) joinedRules(parser, [rules, ...files.map((file) => file.rules)]);
  return { files, rules };
}

function* rulesFrom(
  parser: Parser,
  given: unknown,
  place: string,
): Generator<void, Pick<AlertSettings, "files" | "groups">> {
  if (given === undefined) return { files: [], groups: [] };
  if (!Array.isArray(given)) {
    parser.problem(place, unshown(given), `be a list of files and groups, such as ["alerts.yml"]`);
    return { files: [], groups: [] };
  }
  const list: readonly unknown[] = given;
  const files = list.filter((each) => typeof each === "string").map((each) => readRuleFile(each));
  for (const { file, problems } of files) {
    for (const problem of problems)
      parser.problem(place, file, `name files with valid rules (${problemText(problem)})`);
  }
  const groups = list.filter((each) => typeof each !== "string");
  return { files, groups: yield* checkedFrom(parser, groups, place) };
}

function* checkedFrom(
  parser: Parser,
  given: readonly unknown[],
  place: string,
): Generator<void, readonly CheckedGroup[]> {
  const { groups, problems } = yield* groupSteps(place, given);
  for (const problem of problems) parser.problem(place, given, `have valid rules (${problemText(problem)})`);
  return groups;
}

// The URL of a receiver, which is a secret, may be in the wrong place.
function unshown(given: unknown): unknown {
  return typeof given === "string" ? HIDDEN : given;
}
