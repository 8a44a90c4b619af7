// A declarative configuration file as options and variables of `start()`.
import { closeSync, constants, fstatSync, readFileSync } from "node:fs";
import { firstTexts } from "../diagnostics/first-texts.ts";
import { errorMessage } from "../diagnostics/error-message.ts";
import { nearestNames } from "../diagnostics/nearest-names.ts";
import { openFileSync } from "../io/files/open-file.ts";
import { allSteps } from "../io/yield.ts";
import { flag, isObject } from "../options/check.ts";
import { type Environment, MAX_CONFIGURATION_BYTES } from "../options/environment.ts";
import type { OptionsProblem } from "../options/options-error.ts";
import type { RawOptions } from "../options/parser.ts";
import { replacedVariables } from "../options/unread-variables.ts";
import { distributionSection } from "./distribution.ts";
import { any, FileParser } from "./file-parser.ts";
import { instrumentationSection } from "./instrumentation.ts";
import { meterProviderOptions } from "./meter-provider.ts";
import { resourceOptions } from "./resource.ts";
import { levelFrom } from "./severity.ts";
import { plainSecrets } from "./secrets.ts";
import { type YamlFile, yamlFile } from "./yaml-file.ts";

/** A file, parsed. Its options are checked by `start()`. */
export interface ConfigurationFile {
  readonly file: string;
  /** The text that was read; `undefined` if the file could not be read. */
  readonly text: string | undefined;
  readonly options: RawOptions;
  /** Plain values by the names of options. Two files set an option differently if these values differ. */
  readonly comparable: RawOptions;
  /** The environment without the variables of OpenTelemetry and Tachymeter, but with those that the file stands for. */
  readonly environment: Environment;
  /** Whether the file is read again when it changes. */
  readonly reload: boolean;
  readonly problems: readonly OptionsProblem[];
  readonly warnings: readonly string[];
  /** Message about what has no effect on metrics, for level debug; `undefined` if there is nothing. */
  readonly note: string | undefined;
  /** Message about variables that the file replaces, for level info; `undefined` if none are set. */
  readonly replaced: string | undefined;
  /** The problem with the place in the file in its name: `otel.yaml:12:7 meter_provider.readers`. */
  placed(problem: OptionsProblem): OptionsProblem;
  /** The path in the file of an option of `start()`; `undefined` if the file does not have it. */
  pathOf(option: string): string | undefined;
  /** The place in the file of an option of `start()`, and the variables in its value; `undefined` if it has none. */
  originOf(option: string): FileOrigin | undefined;
}

/** Origin of an option. */
export interface FileOrigin {
  /** `otel.yaml:12`. */
  readonly place: string;
  readonly variables: readonly string[];
}

const OTHER_SIGNALS = ["tracer_provider", "logger_provider", "propagator"];
const ROOT = {
  file_format: any,
  disabled: flag,
  log_level: any,
  attribute_limits: any,
  meter_provider: any,
  tracer_provider: any,
  logger_provider: any,
  propagator: any,
  resource: any,
  "instrumentation/development": any,
  distribution: any,
};
const MINOR = 1;

/** Reads and parses a file. Never throws: errors are in `problems`. */
export function readConfigurationFile(file: string, environment: Environment): ConfigurationFile {
  try {
    return allSteps(configurationFile(file, contentOf(file), environment));
  } catch (error) {
    return unreadable(file, errorMessage(error), environment);
  }
}

/** Parses the text of a file, in steps. `file` is its name in messages. */
export function* configurationFile(
  file: string,
  content: string,
  environment: Environment,
): Generator<void, ConfigurationFile> {
  const yaml = yield* yamlFile(content, environment);
  const given = yaml.value;
  if (yaml.problems.length > 0 || !isObject(given)) {
    const problems = yaml.problems.map(({ position, message }) => {
      const place = position === undefined ? file : `${file}:${position.line}:${position.column}`;
      return { name: place, value: undefined, must: `be valid YAML (${message})` };
    });
    const must = "hold an object with file_format and meter_provider";
    const isEmpty = problems.length === 0;
    return failed(file, environment, isEmpty ? [{ name: file, value: given, must }] : problems);
  }
  yield;
  return yield* parsedFile(new Places(file, yaml), { yaml, text: content, given, environment });
}

interface Parsed {
  readonly yaml: YamlFile;
  readonly text: string;
  readonly given: RawOptions;
  readonly environment: Environment;
}

function* parsedFile(
  places: Places,
  { yaml, text, given, environment }: Parsed,
): Generator<void, ConfigurationFile> {
  const { file, parser } = places;
  const warnings: string[] = [];
  const version = versionFrom(parser, given["file_format"]);
  const unknown = unknownFields(given, version);
  if (version === "newer" || unknown.length > 0) warnings.push(unknownWarning(places, version, unknown));
  const known = Object.fromEntries(Object.entries(given).filter(([key]) => !unknown.includes(key)));
  const fields = parser.fields("", known, ROOT);
  for (const name of OTHER_SIGNALS) if (name in fields) parser.ignored.push(name);
  // Attributes of metrics are exempt from these limits.
  if (fields.attribute_limits !== undefined) parser.ignored.push("attribute_limits");
  const provider = meterProviderOptions(parser, "meter_provider", fields.meter_provider);
  yield;
  const readers: readonly unknown[] = Array.isArray(provider["readers"]) ? provider["readers"] : [];
  const own = distributionSection(parser, "distribution", fields.distribution, readers.length, (path) =>
    yaml.unsetOf(path),
  );
  const instrumentation = instrumentationSection(
    parser,
    "instrumentation/development",
    fields["instrumentation/development"],
  );
  const level = levelFrom(parser, fields.log_level);
  yield;
  const resource = resourceOptions(parser, "resource", fields.resource);
  yield;
  const options: RawOptions = {
    ...provider,
    ...resource,
    ...instrumentation.options,
    ...own.options,
    readers: [...readers, ...own.readers],
  };
  const { views, "meter_configurator/development": configurator } = isObject(fields.meter_provider)
    ? fields.meter_provider
    : {};
  parser.origin("logLevel", "log_level");
  parser.origin("disabled", "disabled");
  yield;
  const secrets = yield* plainSecrets(yaml);
  const { ignored } = parser;
  return {
    file,
    text,
    options,
    comparable: {
      ...options,
      views,
      meterConfigurator: configurator,
      log_level: level,
      disabled: fields.disabled,
      "instrumentation/development": instrumentation.optIn,
      "instrumentation/development.general.http": instrumentation.knownMethods,
    },
    environment: {
      ...foreignVariables(environment),
      OTEL_LOG_LEVEL: level,
      OTEL_SDK_DISABLED: String(fields.disabled ?? false),
      OTEL_SEMCONV_STABILITY_OPT_IN: instrumentation.optIn,
      OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS: instrumentation.knownMethods,
    },
    reload: own.reload,
    problems: parser.parser.problems.map((problem) => places.at(problem.name, problem)),
    warnings: [...warnings, ...parser.parser.warnings, ...places.warnings(secrets)],
    note:
      ignored.length === 0
        ? undefined
        : `${file}: ${ignored.join(", ")} have no effect on metrics and were ignored`,
    replaced: replacedVariables(environment, file, text),
    pathOf: (option) => parser.placeOf(option),
    placed: (problem) => places.placed(problem),
    originOf: (option) => places.originOf(option),
  };
}

/** The places of options in a file. */
class Places {
  readonly file: string;
  readonly parser: FileParser;
  readonly #yaml: YamlFile;

  constructor(file: string, yaml: YamlFile) {
    this.file = file;
    this.parser = new FileParser((path, value) => yaml.textOf(path, value));
    this.#yaml = yaml;
  }

  placed(problem: OptionsProblem): OptionsProblem {
    const path = this.parser.placeOf(problem.name);
    return path === undefined
      ? this.#hidden({ ...problem, name: `${this.file}: ${problem.name}` }, "")
      : this.at(path, problem);
  }

  originOf(option: string): FileOrigin | undefined {
    const path = this.parser.placeOf(option);
    const position = path === undefined ? undefined : this.#yaml.exactPositionOf(path);
    if (path === undefined || position === undefined) return undefined;
    return { place: `${this.file}:${position.line}`, variables: this.#yaml.variablesOf(path) };
  }

  at(path: string, problem: OptionsProblem): OptionsProblem {
    return this.#hidden({ ...problem, name: `${this.of(path)} ${path}` }, path);
  }

  // The value of a variable may be a secret in a wrong place, so its reference is shown.
  #hidden({ name, value, must }: OptionsProblem, path: string): OptionsProblem {
    const { references } = this.#yaml;
    const own = this.#yaml.variablesOf(path).map((each) => `\${${each}}`);
    const ofPath = new Map([...references].filter(([, reference]) => own.includes(reference)));
    return {
      name,
      value: own.length > 0 ? own.join("") : withReferences(value, references),
      must: String(withReferences(must, ofPath)),
    };
  }

  /** The place of a path: `otel.yaml:12:7`. */
  of(path: string): string {
    const { line, column } = this.#yaml.positionOf(path) ?? { line: 1, column: 1 };
    return `${this.file}:${line}:${column}`;
  }

  warnings(secrets: readonly string[]): readonly string[] {
    const isOther = (path: string): boolean => OTHER_SIGNALS.some((name) => path.startsWith(name));
    const missing = [...this.#yaml.missing].filter(([, path]) => !isOther(path));
    const unset = firstTexts(missing, ([name, path]) => `${name} (${this.of(path)})`).join(", ");
    const plain = firstTexts(
      secrets.filter((path) => !isOther(path)),
      (path) =>
        `${this.of(path)} ${path} looks like a secret in plain text; use a variable, such as \${NAME}`,
    );
    if (unset === "") return plain;
    return [`${this.file}: variables are not set and count as empty: ${unset}`, ...plain];
  }
}

// Shorter texts are replaced only if they are the whole value: they are in many others.
const MIN_PART_LENGTH = 4;

function withReferences(value: unknown, references: ReadonlyMap<string, string>): unknown {
  if (typeof value === "number")
    return [...references].find(([text]) => text.trim() !== "" && Number(text) === value)?.[1] ?? value;
  if (Array.isArray(value)) return value.map((each) => withReferences(each, references));
  if (isObject(value))
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, withReferences(each, references)]),
    );
  if (typeof value !== "string") return value;
  let text = value;
  for (const [part, reference] of references)
    if (part.length >= MIN_PART_LENGTH) text = text.replaceAll(part, () => reference);
  return references.get(value) ?? text;
}

// The format allows further fields at the root: those of a newer minor version, and those that only hold an anchor, such
// as `x-otlp`. In a known version, a field whose name is close to a known one is an error.
function unknownFields(given: RawOptions, version: "newer" | "known"): readonly string[] {
  const isWrong = (key: string): boolean =>
    version === "known" && !key.startsWith("x-") && nearestNames(key, Object.keys(ROOT), 1).length > 0;
  return Object.keys(given).filter((key) => !Object.hasOwn(ROOT, key) && !isWrong(key));
}

function unknownWarning(places: Places, version: "newer" | "known", unknown: readonly string[]): string {
  const names = firstTexts(unknown, String).join(", ");
  if (version === "known") return `${places.file}: fields are not in the format and were ignored: ${names}`;
  const ignored = unknown.length === 0 ? "" : `; ignored: ${names}`;
  return `${places.of("file_format")} file_format is newer than 1.${MINOR}, so settings of it may be ignored${ignored}`;
}

// Readable by all versions of the format: MAJOR.MINOR, with a tag.
const VERSION = /^(\d+)\.(\d+)(?:[-+.].*)?$/;

function versionFrom(file: FileParser, given: unknown): "newer" | "known" {
  const [, major, minor] = VERSION.exec(typeof given === "string" ? given : "") ?? [];
  if (major === "1") return Number(minor) > MINOR ? "newer" : "known";
  file.parser.problem("file_format", given, `be "1.0" or "1.${MINOR}", with quotes`);
  return "known";
}

// Set by a process of a group for its children; not configuration.
const KEPT = ["TACHYMETER_GROUP_ID", "TACHYMETER_GROUP_PARENT"];

/** As the specification requires, a file replaces all other variables. */
function foreignVariables(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(
      ([name]) => !/^(?:OTEL|TACHYMETER)_/.test(name) || KEPT.includes(name),
    ),
  );
}

/** The text of a file. @throws Error if it is not a readable file of at most {@link MAX_CONFIGURATION_BYTES}. */
function contentOf(file: string): string {
  // Opened once: a check by path could see another file.
  const opened = openFileSync(file, constants.O_RDONLY);
  try {
    const stats = fstatSync(opened);
    if (!stats.isFile()) throw new Error("it is not a file");
    if (stats.size > MAX_CONFIGURATION_BYTES)
      throw new Error(`it has ${stats.size} bytes, more than ${MAX_CONFIGURATION_BYTES}`);
    return readFileSync(opened, "utf8");
  } finally {
    closeSync(opened);
  }
}

function unreadable(file: string, reason: string, environment: Environment): ConfigurationFile {
  const must = `be a readable YAML file of at most ${MAX_CONFIGURATION_BYTES} bytes (${reason})`;
  return failed(file, environment, [{ name: "OTEL_CONFIG_FILE", value: file, must }]);
}

function failed(
  file: string,
  environment: Environment,
  problems: readonly OptionsProblem[],
): ConfigurationFile {
  return {
    file,
    text: undefined,
    options: {},
    comparable: {},
    environment: foreignVariables(environment),
    reload: false,
    problems,
    warnings: [],
    note: undefined,
    replaced: undefined,
    placed: (problem) => problem,
    pathOf: () => undefined,
    originOf: () => undefined,
  };
}
