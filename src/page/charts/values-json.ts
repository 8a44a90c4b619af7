/** JSON of data with the values of charts. Infinite values are texts as in Prometheus' API, since JSON has no numbers for them. */
export function valuesJson(data: unknown): string {
  return JSON.stringify(data, (_key, value: unknown) =>
    value === Infinity ? "+Inf" : value === -Infinity ? "-Inf" : value,
  );
}
