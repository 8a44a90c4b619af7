// Times and durations, in the local time zone.
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAY_SECONDS = 86_400;

/** The time of day with seconds; with the day if it is not today. */
export function timeText(unixSeconds: number): string {
  const date = new Date(unixSeconds * 1_000);
  const isToday = date.toDateString() === new Date().toDateString();
  return isToday ? secondText(date) : `${dayText(date)}, ${secondText(date)}`;
}

/** Labels of a time axis whose marks are `increment` seconds apart: a new day shows its date. */
export function axisTimes(marks: readonly number[], increment: number): string[] {
  return marks.map((mark) => {
    const date = new Date(mark * 1_000);
    if (
      increment >= DAY_SECONDS ||
      (date.getHours() === 0 && date.getMinutes() === 0 && date.getSeconds() === 0)
    )
      return dayText(date);
    return increment < 60 ? secondText(date) : clockText(date);
  });
}

/** A duration in its two largest units: `3 s`, `4 min`, `2 h 5 min`, `3 d 4 h`. */
export function durationText(total: number): string {
  const whole = Math.max(0, Math.round(total));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min`;
  const [size, name, part, partName] =
    whole < DAY_SECONDS ? ([3_600, "h", 60, "min"] as const) : ([DAY_SECONDS, "d", 3_600, "h"] as const);
  const rest = Math.floor((whole % size) / part);
  return `${Math.floor(whole / size)} ${name}${rest === 0 ? "" : ` ${rest} ${partName}`}`;
}

// The first formatter of `Intl` would take 15 ms before the page shows anything.
function clockText(date: Date): string {
  return `${padded(date.getHours())}:${padded(date.getMinutes())}`;
}

function secondText(date: Date): string {
  return `${clockText(date)}:${padded(date.getSeconds())}`;
}

function dayText(date: Date): string {
  return `${date.getDate()} ${MONTHS[date.getMonth()] ?? ""}`;
}

function padded(value: number): string {
  return String(value).padStart(2, "0");
}
