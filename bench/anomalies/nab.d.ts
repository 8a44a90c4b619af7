export interface Tally {
  readonly gain: number;
  readonly loss: number;
  readonly found: number;
  readonly windows: number;
  readonly falseAlarms: number;
}

export interface Weights {
  readonly falseAlarm: number;
  readonly miss: number;
}

export const PROFILES: Readonly<Record<"standard" | "low false alarms" | "low misses", Weights>>;
export function probation(points: number): number;
export function tally(
  points: number,
  spans: readonly (readonly [number, number])[],
  alarms: readonly number[],
): Tally;
export function scoreOf(tallies: readonly Tally[], weights?: Weights): number;
