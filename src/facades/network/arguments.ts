// What the calls of `Network` can be asked for. A wrong argument is the program's error, so it is told at once.
import { show } from "../../diagnostics/show.ts";
import { isTimerSeconds, MAX_TIMER_SECONDS } from "../../recording/timer-seconds.ts";

const MAX_PORT = 65_535;

/** @throws TypeError where it is no name of a host. */
export function assertHost(call: string, host: unknown): void {
  if (typeof host === "string" && host.trim() !== "") return;
  throw new TypeError(
    `${call}: argument "host" is ${show(host)}; give the name or the IP address of a host, such as "127.0.0.1"`,
  );
}

/** @throws RangeError where it is no number of a port. */
export function assertPort(call: string, port: unknown): void {
  if (typeof port === "number" && Number.isInteger(port) && port >= 1 && port <= MAX_PORT) return;
  throw new RangeError(
    `${call}: argument "port" is ${show(port)}; give a whole number from 1 to ${MAX_PORT}, such as 443`,
  );
}

/** @throws RangeError where it is no number of seconds that a timer can wait. */
export function assertSeconds(call: string, argument: string, seconds: unknown): void {
  if (isTimerSeconds(seconds)) return;
  throw new RangeError(
    `${call}: argument "${argument}" is ${show(seconds)}; give a number of seconds above 0, at most ${MAX_TIMER_SECONDS}`,
  );
}

/** @throws TypeError where it is no function. */
export function assertPool(call: string, pool: unknown): void {
  if (typeof pool === "function") return;
  throw new TypeError(
    `${call}: argument "pool" is ${show(pool)}; give a function that tells size, idle and waiting, such as pgPool(pool)`,
  );
}

/**
 * The URL that was given.
 *
 * @throws TypeError where it is none of http or https.
 */
export function httpUrlFrom(call: string, given: unknown): URL {
  const url =
    given instanceof URL
      ? given
      : typeof given === "string" && URL.canParse(given)
        ? new URL(given)
        : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  // What was given may hold a password or a token, also where it is no URL, such as for a port that cannot be.
  const what =
    url !== undefined
      ? `of protocol ${url.protocol}`
      : typeof given === "string" && /[@?#]/.test(given)
        ? "a text that is no URL"
        : show(given);
  throw new TypeError(
    `${call}: argument "url" is ${what}; give an http:// or https:// URL, such as "https://example.com/health"`,
  );
}
