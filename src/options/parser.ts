import { HIDDEN, isSecretName } from "../diagnostics/redact.ts";
import { diag } from "@opentelemetry/api";
import { nearestNames } from "../diagnostics/nearest-names.ts";
import { show } from "../diagnostics/show.ts";
import { type Check, type Checks, isObject, type Parsed } from "./check.ts";
import { currentEnvironment, type Environment, textFrom } from "./environment.ts";
import { OptionsError, type OptionsProblem } from "./options-error.ts";
import type { Setting } from "./settings.ts";

export type RawOptions = Readonly<Record<string, unknown>>;

/** Parses options and variables; collects problems and warnings instead of throwing. */
export class Parser {
  readonly problems: OptionsProblem[] = [];
  readonly warnings: string[] = [];
  readonly options: RawOptions;
  readonly environment: Environment;

  constructor(options: RawOptions = {}, environment: Environment = {}) {
    this.options = options;
    this.environment = environment;
  }

  problem(name: string, value: unknown, must: string): undefined {
    this.problems.push({ name, value, must });
  }

  /** The value of a setting: from the option, else from the variable, else the default. */
  setting<T>(setting: Setting<T>): T {
    const given = setting.option === undefined ? undefined : valueAt(this.options, setting.option);
    if (setting.option !== undefined && given !== undefined) {
      return this.checked(setting.option, given, setting.check) ?? setting.fallback;
    }
    const { variable } = setting;
    const value = variable === undefined ? undefined : textFrom(this.environment, variable);
    if (variable === undefined || value === undefined) return setting.fallback;
    const check = setting.checkOfText ?? setting.check;
    const usable = check.read(setting.fromText === undefined ? value : setting.fromText(value));
    if (usable !== undefined) return usable;
    this.refuseVariable(variable, value, check.must);
    return setting.fallback;
  }

  /** Returns the parsed value; if it is invalid, adds a problem and returns `undefined`. */
  checked<T>(name: string, value: unknown, check: Check<T>): T | undefined {
    return check.read(value) ?? this.problem(name, value, check.must);
  }

  /** As {@link Parser.checked}, but `undefined` is not a problem. */
  optional<T>(name: string, value: unknown, check: Check<T>): T | undefined {
    return value === undefined ? undefined : this.checked(name, value, check);
  }

  /** Returns the valid fields of an object. Adds a problem for each invalid or unknown field. */
  fields<Fields>(place: string, given: unknown, checks: Checks<Fields>): Parsed<Fields> {
    const known = Object.keys(checks);
    if (!isObject(given)) {
      this.problem(place, given, `be an object with ${known.join(", ")}`);
      return {};
    }
    this.refuseUnknown(prefixOf(place), given, known);
    return this.known(place, given, checks);
  }

  /** Adds a problem for each of the fields that is missing. */
  require<Fields>(
    place: string,
    given: unknown,
    checks: Checks<Fields>,
    names: readonly (keyof Fields & string)[],
  ): void {
    if (!isObject(given)) return;
    for (const name of names)
      if (given[name] === undefined) this.problem(`${prefixOf(place)}${name}`, undefined, checks[name].must);
  }

  /** As {@link Parser.fields}, but unknown fields are not a problem. */
  known<Fields>(place: string, given: unknown, checks: Checks<Fields>): Parsed<Fields> {
    const fields: Parsed<Fields> = {};
    if (!isObject(given)) {
      if (given !== undefined) this.problem(place, given, "be an object");
      return fields;
    }
    for (const name in checks) {
      // An application may have added fields to the prototype of all objects.
      if (!Object.hasOwn(checks, name)) continue;
      const value = this.optional(`${prefixOf(place)}${name}`, given[name], checks[name]);
      if (value !== undefined) fields[name] = value;
    }
    return fields;
  }

  /**
   * Adds a problem for each unknown option, so that a misspelt one is not ignored.
   *
   * @param elsewhere rules for names that are often tried.
   */
  refuseUnknown(
    prefix: string,
    given: RawOptions,
    known: readonly string[],
    elsewhere?: ReadonlyMap<string, string>,
  ): void {
    for (const [name, value] of Object.entries(given)) {
      if (!known.includes(name))
        this.problem(
          `${prefix}${name}`,
          isSecretName(prefix.slice(0, -1)) ? HIDDEN : value,
          elsewhere?.get(name) ?? knownOption(name, known),
        );
    }
  }

  // OpenTelemetry requires an invalid `OTEL_` variable to be reported and ignored. An invalid one of ours is an error.
  refuseVariable(variable: string, value: string, must: string): void {
    if (!variable.startsWith("OTEL_")) return this.problem(variable, value, must);
    this.ignoreVariable(variable, value, must);
  }

  ignoreVariable(variable: string, value: string, must: string): void {
    const warning = `variable ${variable} must ${must}, got ${show(value, variable)}; it was ignored`;
    // Several readers may read it.
    if (!this.warnings.includes(warning)) this.warnings.push(warning);
  }
}

/**
 * Parses the options of a constructor. Returns what `parse` returns, and logs the warnings.
 *
 * @throws OptionsError with all invalid options.
 */
export function parsed<T>(subject: string, parse: (parser: Parser) => T): T {
  const parser = new Parser({}, currentEnvironment());
  const value = parse(parser);
  for (const warning of parser.warnings) diag.warn(warning);
  if (parser.problems.length > 0) throw new OptionsError(subject, parser.problems);
  return value;
}

/** Options of one part, parsed once: by `start()` or by the part's constructor. */
export class Section<Settings extends object> {
  readonly #subject: string;
  readonly #parse: (parser: Parser, given: unknown, place: string) => Settings;
  readonly #settled = new WeakSet<object>();

  constructor(subject: string, parse: (parser: Parser, given: unknown, place: string) => Settings) {
    this.#subject = subject;
    this.#parse = parse;
  }

  /** Parses the value of the option or variable `place`. */
  parse(parser: Parser, given: unknown, place: string): Settings {
    return this.settled(this.#parse(parser, given, place));
  }

  /** Marks settings that were parsed by other means, together with other options. */
  settled(settings: Settings): Settings {
    this.#settled.add(settings);
    return settings;
  }

  /**
   * Parses the argument of a constructor. Settings that were parsed before are returned unchanged.
   *
   * @throws OptionsError with all invalid options.
   */
  settings(given: unknown): Settings {
    if (this.#isSettled(given)) return given;
    return parsed(this.#subject, (parser) => this.parse(parser, given, "options"));
  }

  #isSettled(given: unknown): given is Settings {
    return typeof given === "object" && given !== null && this.#settled.has(given);
  }
}

/** The rule that an unknown option violates: similar options if there are any, otherwise all. */
function knownOption(name: string, known: readonly string[]): string {
  const similar = nearestNames(name, known, 2);
  return similar.length > 0
    ? `be an existing option, such as ${similar.join(" or ")}`
    : `be one of the options ${known.join(", ")}`;
}

/** The prefix of field names in problems: empty for the options of a constructor. */
export function prefixOf(place: string): string {
  return place === "" || place === "options" ? "" : `${place}.`;
}

function valueAt(options: RawOptions, option: string): unknown {
  let value: unknown = options;
  for (const key of option.split(".")) value = isObject(value) ? value[key] : undefined;
  return value;
}
