// After a longer pause, data that the other side could accept would expire.
const MAX_RETRY_AFTER_MILLIS = 3_600_000;

/**
 * The pause of header `Retry-After`, in milliseconds, at most an hour. `undefined` if the header is missing, or is
 * neither a number of seconds nor an HTTP date.
 *
 * @see RFC 9110, section 10.2.3
 */
export function retryAfterMillis(header: string | undefined, nowUnixMillis: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1_000, MAX_RETRY_AFTER_MILLIS);
  // `Date.parse` accepts almost any text. The form without a zone has been obsolete for decades.
  const time = /^[A-Z][a-z]+, .+ GMT$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(time) ? undefined : Math.min(Math.max(time - nowUnixMillis, 0), MAX_RETRY_AFTER_MILLIS);
}
