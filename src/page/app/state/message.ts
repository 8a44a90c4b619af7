/** Reviver of `JSON.parse` for data of the server, in which infinite values of series are texts. Labels are not in lists. */
export function withInfinities(key: string, value: unknown): unknown {
  if ((value !== "+Inf" && value !== "-Inf") || !/^\d+$/.test(key)) return value;
  return value === "+Inf" ? Infinity : -Infinity;
}
