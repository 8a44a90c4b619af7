// Reading settings one after the other, gathering everything that is wrong.
import type { Check } from "./checks.ts";
import { isObject } from "./checks.ts";
import type { ConfigurationProblem } from "./configuration-error.ts";
import { show } from "../diagnostics/show.ts";
import { type Environment, textFrom } from "./environment.ts";
import type { Setting } from "./settings.ts";

/** Options as a caller may really pass them. */
export type RawOptions = Readonly<Record<string, unknown>>;

/** Reads settings from options and environment; gathers problems and warnings instead of throwing. */
export class Reading {
  readonly problems: ConfigurationProblem[] = [];
  readonly warnings: string[] = [];
  readonly options: RawOptions;
  readonly environment: Environment;

  constructor(options: RawOptions, environment: Environment) {
    this.options = options;
    this.environment = environment;
  }

  problem(name: string, value: unknown, allowed: string): void {
    this.problems.push({ name, value, allowed });
  }

  /** The value of a setting: the option's, else the variable's, else the default. */
  setting<T>(setting: Setting<T>): T {
    const given = setting.option === undefined ? undefined : valueAt(this.options, setting.option);
    if (setting.option !== undefined && given !== undefined) {
      return this.checked(setting.option, given, setting.check) ?? setting.fallback;
    }
    const { variable } = setting;
    const value = variable === undefined ? undefined : textFrom(this.environment, variable);
    if (variable === undefined || value === undefined) return setting.fallback;
    const usable = setting.check.read(setting.fromText === undefined ? value : setting.fromText(value));
    if (usable !== undefined) return usable;
    this.refuseVariable(variable, value, setting.allowedText ?? setting.check.allowed);
    return setting.fallback;
  }

  /** `value` where the check takes it; a problem and `undefined` where it does not. */
  checked<T>(name: string, value: unknown, check: Check<T>): T | undefined {
    const usable = check.read(value);
    if (usable === undefined) this.problem(name, value, check.allowed);
    return usable;
  }

  // OpenTelemetry wants a variable of its own that cannot be used to be reported and ignored; ours are configuration.
  refuseVariable(variable: string, value: string, allowed: string): void {
    if (!variable.startsWith("OTEL_")) return this.problem(variable, value, allowed);
    this.warnings.push(`variable ${variable} is ${show(value, variable)} and was ignored; give ${allowed}`);
  }
}

function valueAt(options: RawOptions, option: string): unknown {
  let value: unknown = options;
  for (const key of option.split(".")) value = isObject(value) ? value[key] : undefined;
  return value;
}
