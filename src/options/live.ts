import { bytes, type Check, type Checks, flag, inMillis, number } from "./check.ts";
import type { Parser } from "./parser.ts";

/** Options of the last hour in memory, which `query()`, `queryRange()` and the HTTP API answer from. */
export interface LiveOptions {
  /** Seconds between two collections, from 1 to 300. @defaultValue 15 */
  readonly resolution?: number | undefined;
  /** Maximum memory in bytes; the oldest samples are dropped first. @defaultValue 67108864, 64 MiB */
  readonly maxBytes?: number | undefined;
  /**
   * Whether `query()`, `queryRange()`, the HTTP API and the page accept parts of PromQL that are behind feature flags in
   * Prometheus. @defaultValue false
   * @experimental
   */
  readonly experimental?: boolean | undefined;
}

/** Parsed {@link LiveOptions}, with defaults. */
export interface LiveSettings {
  readonly resolutionMillis: number;
  readonly maxBytes: number;
  readonly experimental: boolean;
}

const seconds = number("be a number of seconds from 1 to 300", 1);
const resolution: Check<number> = inMillis({
  must: seconds.must,
  read: (value) => (typeof value === "number" && value <= 300 ? seconds.read(value) : undefined),
});
const CHECKS: Checks<LiveOptions> = { resolution, maxBytes: bytes(1024 * 1024), experimental: flag };

/** Parses option `live`. */
export function liveFromStart(parser: Parser): LiveSettings {
  const given = parser.options["live"];
  const fields = given === undefined ? {} : parser.fields("live", given, CHECKS);
  const { resolution: resolutionMillis = 15_000, maxBytes = 64 * 1024 ** 2, experimental = false } = fields;
  return { resolutionMillis, maxBytes, experimental };
}
