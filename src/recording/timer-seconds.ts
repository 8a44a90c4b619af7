// How long a timer can wait.

/** The most seconds that a timer of Node.js can wait; set for longer, it would fire at once. */
export const MAX_TIMER_SECONDS = 2_147_483;

/** Whether `given` is a number of seconds above 0 that a timer can wait. */
export function isTimerSeconds(given: unknown): given is number {
  return typeof given === "number" && given > 0 && given <= MAX_TIMER_SECONDS;
}
