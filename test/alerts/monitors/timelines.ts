// Series of monitors' tests in promtool's notation, a sample each minute: an hour as usual, an hour with the fault, two hours
// as usual. A second process has no fault.

/** Values of one series in the process with the fault, and in the one without. */
export interface Timeline {
  readonly faulty: string;
  readonly healthy: string;
}

const BEFORE = 60;
const DURING = 60;
const AFTER = 120;

/** A gauge with one value as usual and another one during the fault. */
export function level(usual: number, fault: number): Timeline {
  return {
    faulty: levels([usual, BEFORE], [fault, DURING], [usual, AFTER]),
    healthy: levels([usual, BEFORE + DURING + AFTER]),
  };
}

/** A counter that grows by one amount a minute as usual and by another one during the fault. */
export function rate(usual: number, fault: number): Timeline {
  return {
    faulty: slopes(0, [usual, BEFORE], [fault, DURING], [usual, AFTER]),
    healthy: slopes(0, [usual, BEFORE + DURING + AFTER]),
  };
}

/** A gauge that grows during the fault only, and then falls back. */
export function growth(start: number, perMinute: number): Timeline {
  return {
    faulty: `${levels([start, BEFORE])} ${slopes(start, [perMinute, DURING])} ${levels([start, AFTER])}`,
    healthy: levels([start, BEFORE + DURING + AFTER]),
  };
}

/** A series that is missing during the fault. */
export function gap(usual: number): Timeline {
  return {
    faulty: `${levels([usual, BEFORE])} _x${DURING} ${levels([usual, AFTER])}`,
    healthy: levels([usual, BEFORE + DURING + AFTER]),
  };
}

/** A series that begins with the fault, and stays. */
export function birth(value: number): Timeline {
  return {
    faulty: `_x${BEFORE} ${levels([value, DURING + AFTER])}`,
    healthy: `_x${BEFORE + DURING + AFTER}`,
  };
}

/** A series that exists during the fault only. */
export function visit(value: number): Timeline {
  return {
    faulty: `_x${BEFORE} ${levels([value, DURING])} _x${AFTER}`,
    healthy: `_x${BEFORE + DURING + AFTER}`,
  };
}

/** Constant values, each for a number of minutes. */
export function levels(...parts: readonly (readonly [value: number, minutes: number])[]): string {
  return parts.map(([value, minutes]) => `${value}+0.0x${minutes - 1}`).join(" ");
}

/** Values for four hours, each `minutes`. */
export function rarely(minutes: number, valueAt: (minute: number) => number | undefined): string {
  const count = BEFORE + DURING + AFTER;
  return Array.from({ length: count }, (_, i) => (i % minutes === 0 ? (valueAt(i) ?? "_") : "_")).join(" ");
}

/** A line from `start`, with slopes per minute, each for a number of minutes. */
export function slopes(
  start: number,
  ...parts: readonly (readonly [perMinute: number, minutes: number])[]
): string {
  const written: string[] = [];
  let value = start;
  for (const [perMinute, minutes] of parts) {
    written.push(`${value}${perMinute < 0 ? "" : "+"}${perMinute === 0 ? "0.0" : perMinute}x${minutes - 1}`);
    value += perMinute * minutes;
  }
  return written.join(" ");
}
