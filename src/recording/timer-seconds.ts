/** Longest time-out of Node.js timers in seconds; longer ones fire at once. */
export const MAX_TIMER_SECONDS = 2_147_483;

/** Whether `given` is a number of seconds above 0 and not beyond that limit. */
export function isTimerSeconds(given: unknown): given is number {
  return typeof given === "number" && given > 0 && given <= MAX_TIMER_SECONDS;
}
