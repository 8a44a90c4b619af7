// Options of the alerts.
import { errorMessage } from "../diagnostics/error-message.ts";
import { isObject, oneOf, path } from "../options/check.ts";
import { type Parser, prefixOf, Section } from "../options/parser.ts";
import { DELIVERY, type DeliveryOptions, type DeliverySettings } from "./delivery/index.ts";
import type { MissingData } from "./evaluation/surroundings.ts";
import { type MonitorOptions, MONITORS } from "./monitors/monitor-groups.ts";
import { checkGroups } from "./rules/check-groups.ts";
import type { CheckedGroup } from "./rules/checked-group.ts";
import { problemText } from "./rules/problem.ts";
import { readRuleFile, type RuleFile } from "./rules/rule-file.ts";
import type { RuleGroup } from "./rules/rule.ts";
import { type CheckedSequenceRule, SEQUENCES } from "./sequences/check-rules.ts";
import type { SequenceRule } from "./sequences/rule.ts";
import { templateTexts } from "./sequences/running-sequences.ts";
import type { Slo } from "./slo/slo.ts";
import { SLOS } from "./slo/slo-groups.ts";
import { Template } from "./templates/template.ts";

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
  /** Service level objectives, with alerts on the rate at which their error budget burns. */
  readonly slo?: readonly Slo[] | undefined;
  /** Rules over sequences of events. */
  readonly sequences?: readonly SequenceRule[] | undefined;
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
  readonly sequences: readonly CheckedSequenceRule[];
  readonly directory: string | undefined;
  readonly missingData: MissingData;
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
export const ALERTS: Section<AlertSettings> = new Section("alerts", (parser, given, place) => {
  if (!isObject(given)) parser.problem(place, given, `be an object with ${NAMES.join(", ")}`);
  const options = isObject(given) ? given : {};
  const prefix = prefixOf(place);
  parser.refuseUnknown(prefix, options, NAMES);
  const { rules, monitors, slo, sequences, directory, missingData } = options;
  const { receivers, route, inhibit, muteTimes, interval } = options;
  const { files, groups } = rulesFrom(parser, rules, `${prefix}rules`);
  const generated = [
    ...MONITORS.parse(parser, monitors, `${prefix}monitors`).groups,
    ...SLOS.parse(parser, slo, `${prefix}slo`).groups,
  ];
  return {
    delivery: DELIVERY.parse(parser, { receivers, route, inhibit, muteTimes, interval }, place),
    files,
    groups: [...groups, ...checkedFrom(parser, generated, place)],
    sequences: sequences === undefined ? [] : sequencesFrom(parser, sequences, `${prefix}sequences`),
    directory: parser.optional(`${prefix}directory`, directory, DIRECTORY),
    missingData: parser.optional(`${prefix}missingData`, missingData, MISSING_DATA) ?? "hold",
  };
});

function sequencesFrom(parser: Parser, given: unknown, place: string): readonly CheckedSequenceRule[] {
  const rules = SEQUENCES.parse(parser, given, place);
  for (const rule of rules)
    for (const text of templateTexts(rule)) {
      try {
        void new Template(text, rule.name);
      } catch (error) {
        parser.problem(place, text, `have valid templates (${errorMessage(error)})`);
      }
    }
  return rules;
}

function rulesFrom(parser: Parser, given: unknown, place: string): Pick<AlertSettings, "files" | "groups"> {
  if (given === undefined) return { files: [], groups: [] };
  if (!Array.isArray(given)) {
    parser.problem(place, given, `be a list of files and groups, such as ["alerts.yml"]`);
    return { files: [], groups: [] };
  }
  const list: readonly unknown[] = given;
  const files = list.filter((each) => typeof each === "string").map((each) => readRuleFile(each));
  for (const { file, problems } of files) {
    for (const problem of problems)
      parser.problem(place, file, `name files with valid rules (${problemText(problem)})`);
  }
  const groups = list.filter((each) => typeof each !== "string");
  return { files, groups: checkedFrom(parser, groups, place) };
}

function checkedFrom(parser: Parser, given: readonly unknown[], place: string): readonly CheckedGroup[] {
  const { groups, problems } = checkGroups(place, given);
  for (const problem of problems) parser.problem(place, given, `have valid rules (${problemText(problem)})`);
  return groups;
}
