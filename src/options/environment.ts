// Environment variables, read as OpenTelemetry defines them: an empty variable counts as unset, and white space around
// a value is ignored.

export type Environment = Readonly<Record<string, string | undefined>>;

/** The trimmed value of a variable, or `undefined` if it is unset. */
export function textFrom(environment: Environment, variable: string): string | undefined {
  const value = environment[variable]?.trim();
  return value === "" ? undefined : value;
}

/** The entries of a comma-separated list; empty if the variable is unset. */
export function listFrom(environment: Environment, variable: string): readonly string[] {
  return (textFrom(environment, variable) ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** Parses `true` and `false` in any case. Returns other text unchanged, so that a check can reject it. */
export function flagFromText(value: string): boolean | string {
  const lower = value.toLowerCase();
  return lower === "true" ? true : lower === "false" ? false : value;
}

/** Parses a number. Returns other text unchanged, so that a check can reject it. */
export function numberFromText(value: string): number | string {
  const number = Number(value);
  return Number.isNaN(number) ? value : number;
}
