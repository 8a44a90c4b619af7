// HTTP's `Retry-After`.

// A receiver that asks for longer would have data expire that it could take.
const MAX_MILLIS = 3_600_000;

/**
 * How long a receiver wants to be left alone, in milliseconds, at most an hour; `undefined` where the header is not
 * given, or is neither a number of seconds nor an HTTP date.
 *
 * @see RFC 9110, section 10.2.3
 */
export function retryAfterMillis(header: string | undefined, nowUnixMillis: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, MAX_MILLIS);
  // Date.parse takes almost anything. The form without a zone has not been written for decades.
  const time = /^[A-Z][a-z]+, .+ GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.min(Math.max(time - nowUnixMillis, 0), MAX_MILLIS);
}
