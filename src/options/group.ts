import { type Check, inMillis, isObject, number as atLeast, oneOf, optional, path, text } from "./check.ts";
import { flagFromText, numberFromText, textFrom, wordFromText } from "./environment.ts";
import type { Parser } from "./parser.ts";
import type { Setting } from "./settings.ts";

/** The policies of gauges in a group. */
export const ACROSS_MEMBERS = ["last", "sum", "min", "max", "mean", "each"] as const;

/** One value of a gauge from those of all members: the latest, their sum, minimum, maximum or mean, or each one. */
export type AcrossMembers = (typeof ACROSS_MEMBERS)[number];

/** Check of a gauge's policy. */
export const acrossMembers: Check<AcrossMembers> = oneOf(...ACROSS_MEMBERS);

/** Options of the group, in which the threads and child processes of one service share their metrics. */
export interface GroupOptions {
  /**
   * Name of the group. Processes of one user with the same name are members of one group, if they also have the same
   * `service.name`. By default the name in `TACHYMETER_GROUP`. Without a name, a process and its children are a group, and
   * so are the processes of one pm2.
   */
  readonly name?: string | undefined;
  /**
   * A folder on a local file system for the state of the members. By default `TACHYMETER_GROUP_DIRECTORY`, else a
   * folder of the user in the system's folder for run-time files.
   */
  readonly directory?: string | undefined;
  /**
   * Seconds between two reports of a process, from 0.01 to 3600. By default `TACHYMETER_GROUP_INTERVAL`, else 1.
   */
  readonly interval?: number | undefined;
  /**
   * With `"loop"`, a process reports in its event loop, so its metrics stand still while the loop is blocked. With
   * `"thread"`, a thread of its own reports, which costs about 15 MiB of memory. The process that exports needs none. By
   * default `TACHYMETER_GROUP_REPORTER`, else `loop`.
   */
  readonly reporter?: "loop" | "thread" | undefined;
  /**
   * Value of gauges without a policy of their own: the latest, the sum, minimum, maximum or mean of the members' values.
   * With `"each"`, each value with attribute `workerAttribute`. By default `TACHYMETER_GROUP_GAUGES`, else `last`.
   */
  readonly gauges?: "last" | "sum" | "min" | "max" | "mean" | "each" | undefined;
  /**
   * Attribute with the number of the member, for gauges with policy `each`. By default `TACHYMETER_GROUP_WORKER_ATTRIBUTE`,
   * else `worker.id`.
   */
  readonly workerAttribute?: string | undefined;
}

/** Parsed {@link GroupOptions}, with defaults. */
export interface GroupSettings {
  /** `undefined`: a process and its children, or the processes of one pm2. */
  readonly name: string | undefined;
  /** `undefined`: a folder of the user in the system's folder for run-time files. */
  readonly directory: string | undefined;
  readonly intervalMillis: number;
  readonly reporter: "loop" | "thread";
  readonly gauges: AcrossMembers;
  readonly workerAttribute: string;
}

// Names that are words of the option, or that Windows reserves.
const RESERVED = /^(?:auto|true|false|(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?)$/i;
const SAFE_NAME = /^[a-z\d](?:[\w.-]{0,62}[\w-])?$/i;
const isSafe = (name: string): boolean => SAFE_NAME.test(name) && !RESERVED.test(name);

const name: Check<string> = {
  must: "be a name of at most 64 letters, digits, '.', '_' and '-', usable as a folder's name",
  read: (value) => (typeof value === "string" && isSafe(value) ? value : undefined),
};

// 3600 s, so that a value in milliseconds is refused.
const seconds = atLeast("be a number of seconds from 0.01 to 3600", 0.01);
const interval: Check<number> = inMillis({
  must: seconds.must,
  read: (value) => (typeof value === "number" && value <= 3_600 ? seconds.read(value) : undefined),
});

/** The settings other than the name, which has a variable of another form. */
export const GROUP_SETTINGS: {
  readonly [Name in Exclude<keyof GroupSettings, "name">]: Setting<GroupSettings[Name]>;
} = {
  directory: {
    option: "group.directory",
    variable: "TACHYMETER_GROUP_DIRECTORY",
    check: optional(path("a folder")),
    fallback: undefined,
  },
  intervalMillis: {
    option: "group.interval",
    variable: "TACHYMETER_GROUP_INTERVAL",
    fromText: numberFromText,
    check: interval,
    fallback: 1_000,
  },
  reporter: {
    option: "group.reporter",
    variable: "TACHYMETER_GROUP_REPORTER",
    fromText: wordFromText,
    check: oneOf("loop", "thread"),
    fallback: "loop",
  },
  gauges: {
    option: "group.gauges",
    variable: "TACHYMETER_GROUP_GAUGES",
    fromText: wordFromText,
    check: acrossMembers,
    fallback: "last",
  },
  workerAttribute: {
    option: "group.workerAttribute",
    variable: "TACHYMETER_GROUP_WORKER_ATTRIBUTE",
    check: text,
    fallback: "worker.id",
  },
};

const OPTIONS = [
  "name",
  "directory",
  "interval",
  "reporter",
  "gauges",
  "workerAttribute",
] as const satisfies (keyof GroupOptions)[];

/**
 * Parses option `group` (a boolean, a name or an object) and the variables `TACHYMETER_GROUP…`. Returns `undefined` if
 * the group is off.
 */
export function groupFromStart(parser: Parser): GroupSettings | undefined {
  const given = parser.options["group"];
  const switched = given === undefined ? switchedByVariable(parser) : switchedByOption(parser, given);
  if (switched === false) return undefined;
  return {
    name: switched === true ? undefined : switched,
    directory: parser.setting(GROUP_SETTINGS.directory),
    intervalMillis: parser.setting(GROUP_SETTINGS.intervalMillis),
    reporter: parser.setting(GROUP_SETTINGS.reporter),
    gauges: parser.setting(GROUP_SETTINGS.gauges),
    workerAttribute: parser.setting(GROUP_SETTINGS.workerAttribute),
  };
}

/** Returns whether there is a group, or its name. */
function switchedByOption(parser: Parser, given: unknown): boolean | string {
  if (typeof given === "boolean") return given && (nameInVariable(parser) ?? true);
  if (typeof given === "string") return switchedBy(parser, "group", given);
  if (!isObject(given)) {
    const must = `be true, false, a name or an object such as { interval: 5 }`;
    parser.problem("group", given, must);
    return true;
  }
  parser.refuseUnknown("group.", given, OPTIONS);
  return parser.optional("group.name", given["name"], name) ?? nameInVariable(parser) ?? true;
}

function switchedByVariable(parser: Parser): boolean | string {
  const value = textFrom(parser.environment, "TACHYMETER_GROUP");
  return value === undefined || switchedBy(parser, "TACHYMETER_GROUP", value);
}

function switchedBy(parser: Parser, place: string, value: string): boolean | string {
  const flag = wordFromText(value) === "auto" ? true : flagFromText(value);
  if (typeof flag === "boolean") return flag;
  const must = `be 'auto', 'false' or ${name.must.slice("be ".length)}`;
  return parser.checked(place, value, { ...name, must }) ?? true;
}

// An option that turns the group on, but sets no name, overrides `false` only.
function nameInVariable(parser: Parser): string | undefined {
  const value = textFrom(parser.environment, "TACHYMETER_GROUP");
  const switched = value === undefined || switchedBy(parser, "TACHYMETER_GROUP", value);
  return typeof switched === "string" ? switched : undefined;
}
