import { show } from "../../diagnostics/show.ts";
import { isTimerSeconds, MAX_TIMER_SECONDS } from "../../options/check.ts";

const MAX_PORT = 65_535;

/** @throws TypeError if `host` is not the name of a host. */
export function assertHost(call: string, host: unknown): void {
  if (typeof host === "string" && host.trim() !== "") return;
  throw new TypeError(
    `${call}: argument "host" is ${show(host)}; give the name or the IP address of a host, such as "127.0.0.1"`,
  );
}

/** @throws RangeError if `port` is not the number of a port. */
export function assertPort(call: string, port: unknown): void {
  if (typeof port === "number" && Number.isInteger(port) && port >= 1 && port <= MAX_PORT) return;
  throw new RangeError(
    `${call}: argument "port" is ${show(port)}; give a whole number from 1 to ${MAX_PORT}, such as 443`,
  );
}

/** @throws RangeError if `seconds` is not a number of seconds that a timer can wait. */
export function assertSeconds(call: string, argument: string, seconds: unknown): void {
  if (isTimerSeconds(seconds)) return;
  throw new RangeError(
    `${call}: argument "${argument}" is ${show(seconds)}; give a number of seconds above 0, at most ${MAX_TIMER_SECONDS}`,
  );
}

/** @throws TypeError if `pool` is not a function. */
export function assertPool(call: string, pool: unknown): void {
  if (typeof pool === "function") return;
  throw new TypeError(
    `${call}: argument "pool" is ${show(pool)}; give a function that tells size, idle and waiting, such as pgPool(pool)`,
  );
}

/** @throws TypeError if `given` is not a URL of http or https. */
export function httpUrlFrom(call: string, given: unknown): URL {
  const url =
    given instanceof URL
      ? given
      : typeof given === "string" && URL.canParse(given)
        ? new URL(given)
        : undefined;
  if (url?.protocol === "http:" || url?.protocol === "https:") return url;
  // It may contain a password or a token, even if it is not a valid URL.
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
