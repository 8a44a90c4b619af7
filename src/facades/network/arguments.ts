import { show } from "../../diagnostics/show.ts";
import { isTimerSeconds, MAX_TIMER_SECONDS } from "../../options/check.ts";

const MAX_PORT = 65_535;

/** @throws TypeError if `host` is not a host name. */
export function assertHost(call: string, host: unknown): void {
  if (typeof host === "string" && host.trim() !== "") return;
  throw new TypeError(
    `${call}: argument "host" must be a host name or an IP address, such as "127.0.0.1", got ${show(host)}`,
  );
}

/** @throws RangeError if `port` is not a port number. */
export function assertPort(call: string, port: unknown): void {
  if (typeof port === "number" && Number.isInteger(port) && port >= 1 && port <= MAX_PORT) return;
  throw new RangeError(
    `${call}: argument "port" must be a whole number from 1 to ${MAX_PORT}, got ${show(port)}`,
  );
}

/** @throws RangeError if `seconds` is not a number of seconds that a timer supports. */
export function assertSeconds(call: string, argument: string, seconds: unknown): void {
  if (isTimerSeconds(seconds)) return;
  throw new RangeError(
    `${call}: argument "${argument}" must be a number of seconds above 0, at most ${MAX_TIMER_SECONDS}, got ${show(seconds)}`,
  );
}

/** @throws TypeError if `pool` is not a function. */
export function assertPool(call: string, pool: unknown): void {
  if (typeof pool === "function") return;
  throw new TypeError(
    `${call}: argument "pool" must be a function, got ${show(pool)}; pass one that returns size, idle and waiting, such as pgPool(pool)`,
  );
}

/** @throws TypeError if `given` is not an http:// or https:// URL. */
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
      ? `one of protocol ${url.protocol}`
      : typeof given === "string" && /[@?#]/.test(given)
        ? "a string that is not a URL"
        : show(given);
  throw new TypeError(
    `${call}: argument "url" must be an http:// or https:// URL, got ${what}; pass one such as "https://example.com/health"`,
  );
}
