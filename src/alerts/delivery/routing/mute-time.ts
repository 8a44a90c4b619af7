/** Days of the week, months and times of day at which nothing is sent. All given parts must apply. */
export interface MuteTime {
  /** Days from 0 (Sunday) to 6; all if empty. */
  readonly weekdays: ReadonlySet<number>;
  /** Months from 1 to 12; all if empty. */
  readonly months: ReadonlySet<number>;
  /** Ranges of minutes of the day, the end excluded; the whole day if empty. */
  readonly times: readonly MinuteRange[];
  /** Name of the time zone, such as `Europe/Berlin`. */
  readonly location: string;
}

/** A range that ends before it begins contains midnight. */
export interface MinuteRange {
  readonly from: number;
  readonly to: number;
}

/** Whether any of the mute times contains a moment. */
export function isMuted(muteTimes: readonly MuteTime[], unixMillis: number): boolean {
  return muteTimes.some((each) => contains(each, unixMillis));
}

function contains({ weekdays, months, times, location }: MuteTime, unixMillis: number): boolean {
  const { weekday, month, minute } = localTime(unixMillis, location);
  if (weekdays.size > 0 && !weekdays.has(weekday)) return false;
  if (months.size > 0 && !months.has(month)) return false;
  if (times.length === 0) return true;
  return times.some(({ from, to }) =>
    from < to ? minute >= from && minute < to : minute >= from || minute < to,
  );
}

interface LocalTime {
  readonly weekday: number;
  readonly month: number;
  readonly minute: number;
}

const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const formats = new Map<string, Intl.DateTimeFormat>();

function localTime(unixMillis: number, location: string): LocalTime {
  let format = formats.get(location);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: location,
      weekday: "short",
      month: "numeric",
      hour: "numeric",
      minute: "numeric",
      hourCycle: "h23",
    });
    formats.set(location, format);
  }
  const parts = new Map(format.formatToParts(unixMillis).map(({ type, value }) => [type, value]));
  return {
    weekday: WEEKDAYS.indexOf(parts.get("weekday") ?? ""),
    month: Number(parts.get("month")),
    minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")),
  };
}
