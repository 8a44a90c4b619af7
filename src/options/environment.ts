// Environment variables, read as OpenTelemetry defines them: an empty variable counts as unset, and white space around
// a value is ignored.

export type Environment = Readonly<Record<string, string | undefined>>;

let ofFile: Environment | undefined;

/** The variables that configure this SDK: those of the process, or, with a configuration file, those it stands for. */
export function currentEnvironment(): Environment {
  return ofFile ?? process.env;
}

/** Replaces the variables of the process from now on; `undefined` ends that. */
export function setEnvironment(environment: Environment | undefined): void {
  ofFile = environment;
}

// Variables whose words upstream compares with their case.
const UPSTREAM_WORDS = /^OTEL_EXPORTER_OTLP_(?:METRICS_)?COMPRESSION$/;

/**
 * Calls `read` with {@link currentEnvironment} and `further` in place of `process.env`, for packages that read variables
 * themselves. Values are trimmed, and some words in lower case, since these packages keep both. `read` must not wait.
 */
export function inEnvironment<Result>(read: () => Result, further: Environment = {}): Result {
  const { env } = process;
  const environment = { ...(ofFile ?? env), ...further };
  for (const [name, value] of Object.entries(environment))
    if (name.startsWith("OTEL_") && value !== undefined)
      environment[name] = UPSTREAM_WORDS.test(name) ? wordFromText(value.trim()) : value.trim();
  process.env = environment;
  try {
    return read();
  } finally {
    process.env = env;
  }
}

/** Maximum size of a configuration file; beyond it, parsing would hold the event loop for too long. */
export const MAX_CONFIGURATION_BYTES = 262_144;

/** The name of the configuration file, and the variable that has it; `undefined` without one. */
export function configurationFileName(
  environment: Environment,
): { readonly file: string; readonly variable: string } | undefined {
  for (const variable of ["OTEL_CONFIG_FILE", "OTEL_EXPERIMENTAL_CONFIG_FILE"]) {
    const file = textFrom(environment, variable);
    if (file !== undefined) return { file, variable };
  }
  return undefined;
}

/** The trimmed value of a variable, or `undefined` if it is unset. */
export function textFrom(environment: Environment, variable: string): string | undefined {
  const value = environment[variable]?.trim();
  return value === "" ? undefined : value;
}

/** The entries of a comma-separated list; empty if the variable is unset. */
export function listFrom(environment: Environment, variable: string): readonly string[] {
  return listFromText(textFrom(environment, variable) ?? "");
}

/** Splits text at commas. */
export function listFromText(text: string): readonly string[] {
  return text
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** Parses a word of an enumeration, which OpenTelemetry compares without its case. All known words are in lower case. */
export function wordFromText(value: string): string {
  return value.toLowerCase();
}

/** The word of a variable, or `undefined` if it is unset. See {@link wordFromText}. */
export function wordFrom(environment: Environment, variable: string): string | undefined {
  const value = textFrom(environment, variable);
  return value === undefined ? undefined : wordFromText(value);
}

/** The words of a comma-separated list. See {@link wordFromText}. */
export function wordsFrom(environment: Environment, variable: string): readonly string[] {
  return listFrom(environment, variable).map(wordFromText);
}

const FLAGS: Readonly<Record<string, boolean>> = { true: true, false: false };
const OWN_FLAGS = { ...FLAGS, "1": true, yes: true, on: true, "0": false, no: false, off: false };

/**
 * Parses `true`, `1`, `yes` and `on`, and their opposites, in any case. Returns other text unchanged, so that a check can
 * reject it.
 */
export function flagFromText(value: string): boolean | string {
  return wordIn(OWN_FLAGS, value);
}

/** Parses `true` and `false` in any case, as OpenTelemetry specifies. Returns other text unchanged. */
export function specifiedFlagFromText(value: string): boolean | string {
  return wordIn(FLAGS, value);
}

function wordIn(flags: Readonly<Record<string, boolean>>, value: string): boolean | string {
  const word = wordFromText(value);
  return Object.hasOwn(flags, word) ? (flags[word] ?? value) : value;
}

/** Parses a number. Returns other text unchanged, so that a check can reject it. */
export function numberFromText(value: string): number | string {
  const number = Number(value);
  return Number.isNaN(number) ? value : number;
}
