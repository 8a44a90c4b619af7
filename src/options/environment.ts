// The environment variables, read as OpenTelemetry defines them: an empty one is not set, white space around a value
// does not count.

export type Environment = Readonly<Record<string, string | undefined>>;

/** The variable's text, or `undefined` where it is not set. */
export function textFrom(environment: Environment, variable: string): string | undefined {
  const value = environment[variable]?.trim();
  return value === "" ? undefined : value;
}

/** The entries of a comma-separated list; none where the variable is not set. */
export function listFrom(environment: Environment, variable: string): readonly string[] {
  return (textFrom(environment, variable) ?? "")
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** `true` or `false` in any case; the text itself where it is neither, so that a check can refuse it. */
export function flagFromText(value: string): boolean | string {
  const lower = value.toLowerCase();
  return lower === "true" ? true : lower === "false" ? false : value;
}

/** A number; the text itself where it is none, so that a check can refuse it. */
export function numberFromText(value: string): number | string {
  const number = Number(value);
  return Number.isNaN(number) ? value : number;
}
