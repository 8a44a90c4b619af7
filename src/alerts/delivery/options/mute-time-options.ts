import { type Check, isObject } from "../../../options/check.ts";
import { type Parser, prefixOf } from "../../../options/parser.ts";
import type { MinuteRange, MuteTime } from "../routing/mute-time.ts";

/** Times at which nothing is sent to receivers other than Alertmanagers. All given parts must apply. */
export interface MuteTimeOptions {
  /** Days or ranges of days, such as `["saturday", "sunday"]` or `["monday:friday"]`; every day by default. */
  readonly weekdays?: readonly string[] | undefined;
  /** Months or ranges of months, such as `["december", "7:8"]`; every month by default. */
  readonly months?: readonly string[] | undefined;
  /**
   * Times of day, such as `["12:00-13:30", "22:00-06:00"]`; the whole day by default. The day of the week and the month
   * are those of the moment, after midnight too.
   */
  readonly times?: readonly string[] | undefined;
  /**
   * Time zone, such as `"Europe/Berlin"`.
   *
   * @defaultValue "UTC"
   */
  readonly location?: string | undefined;
}

const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const MONTHS = "january february march april may june july august september october november december".split(
  " ",
);
const MINUTES_OF_DAY = 1_440;

/** Parses the list of mute times. */
export function muteTimesFrom(parser: Parser, given: unknown, place: string): readonly MuteTime[] {
  if (!Array.isArray(given)) {
    parser.problem(place, given, 'be a list such as [{ weekdays: ["saturday", "sunday"] }]');
    return [];
  }
  const list: readonly unknown[] = given;
  return list.map((each, i) => {
    const own = `${place}[${i}]`;
    const fields = parser.fields<MuteTimeFields>(own, each, CHECKS);
    if (isObject(each) && ["weekdays", "months", "times"].every((name) => each[name] === undefined)) {
      parser.problem(`${prefixOf(own)}times`, undefined, "be set, or weekdays, or months");
    }
    const { weekdays = new Set(), months = new Set(), times = [], location = "UTC" } = fields;
    return { weekdays, months, times, location };
  });
}

interface MuteTimeFields {
  readonly weekdays: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly times: readonly MinuteRange[];
  readonly location: string;
}

const CHECKS = {
  weekdays: namesCheck("be a list of days or ranges of days, such as ['saturday', 'monday:friday']", DAYS, 0),
  months: namesCheck("be a list of months or ranges of months, such as ['december', '7:8']", MONTHS, 1),
  times: {
    must: "be a list of times of day, such as ['22:00-06:00']",
    read: (value: unknown) => listOf(value, minuteRange),
  },
  location: {
    must: "be the name of a time zone, such as 'UTC' or 'Europe/Berlin'",
    read: (value: unknown) => (typeof value === "string" && isTimeZone(value) ? value : undefined),
  },
};

function namesCheck(must: string, names: readonly string[], first: number): Check<ReadonlySet<number>> {
  const numberOf = (text: string): number | undefined => {
    const place = names.indexOf(text.trim().toLowerCase());
    if (place >= 0) return place + first;
    const number = Number(text);
    return first === 1 && /^\d+$/.test(text) && number >= 1 && number <= names.length ? number : undefined;
  };
  return {
    must,
    read(value) {
      const ranges = listOf(value, (text) => {
        const [from, to] = text.split(":").map(numberOf);
        return from === undefined || text.split(":").length > 2 || (text.includes(":") && to === undefined)
          ? undefined
          : numbersBetween(from, to ?? from, first, names.length);
      });
      return ranges === undefined ? undefined : new Set(ranges.flat());
    },
  };
}

// A range may contain the end of the week or year: "friday:monday".
function numbersBetween(from: number, to: number, first: number, count: number): number[] {
  const numbers = [from];
  for (let each = from; each !== to; numbers.push(each)) each = ((each - first + 1) % count) + first;
  return numbers;
}

function minuteRange(text: string): MinuteRange | undefined {
  const [from, to, ...rest] = text.split("-").map((each) => minuteOf(each.trim()));
  if (from === undefined || to === undefined || rest.length > 0 || from === to) return undefined;
  return from === MINUTES_OF_DAY ? undefined : { from, to };
}

function minuteOf(text: string): number | undefined {
  const [, hours, minutes] = /^(\d\d):(\d\d)$/.exec(text) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  return Number(minutes) < 60 && minute <= MINUTES_OF_DAY ? minute : undefined;
}

function listOf<T>(value: unknown, read: (text: string) => T | undefined): T[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const list: readonly unknown[] = value;
  const parsed = list.map((each) => (typeof each === "string" ? read(each) : undefined));
  return parsed.every((each) => each !== undefined) ? parsed : undefined;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-US", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
