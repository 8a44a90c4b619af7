// Reading options and variables one by one, with all problems kept for one error.
import { diag } from "@opentelemetry/api";
import { HIDDEN, redactText } from "../../../diagnostics/redact.ts";
import type { PrometheusOptionsProblem } from "./options-error.ts";

/** Options as programs without types may give them. */
export type RawOptions = Readonly<Record<string, unknown>>;

/** Reads options and collects what is wrong with them. */
export class OptionReading {
  readonly problems: PrometheusOptionsProblem[] = [];

  /** Notes a problem; `value` must be no secret. */
  problem(name: string, value: unknown, allowed: string): void {
    this.problems.push({ name, value, allowed });
  }

  /** A flag; `undefined` where it is not given. */
  flag(name: string, value: unknown): boolean | undefined {
    if (isUnset(value)) return undefined;
    if (typeof value === "boolean") return value;
    this.problem(name, value, "true or false");
    return undefined;
  }

  /** One of some words; `undefined` where it is not given. */
  word<const Word extends string>(name: string, value: unknown, words: readonly Word[]): Word | undefined {
    if (isUnset(value)) return undefined;
    const found = words.find((word) => word === value);
    if (found === undefined) this.problem(name, value, `one of ${words.join(", ")}`);
    return found;
  }

  /** A number within bounds, whole if so wanted; `undefined` where it is not given. */
  number(
    name: string,
    value: unknown,
    { min, max, whole, unit }: { min: number; max: number; whole: boolean; unit: string },
  ): number | undefined {
    if (isUnset(value)) return undefined;
    const isFit = typeof value === "number" && value >= min && value <= max;
    if (isFit && (!whole || Number.isInteger(value))) return value;
    this.problem(name, value, `a ${whole ? "whole " : ""}number${unit} from ${min} to ${max}`);
    return undefined;
  }

  /** A text; `undefined` where it is not given. A secret's value stays out of the problem. */
  text(name: string, value: unknown, secret: boolean): string | undefined {
    if (isUnset(value)) return undefined;
    if (typeof value === "string") return value;
    this.problem(name, secret ? HIDDEN : value, "a text");
    return undefined;
  }
}

/** As upstream does, an empty text counts as not given. */
export function isUnset(value: unknown): boolean {
  return value === undefined || value === null || value === "";
}

/** The value of a variable; `undefined` where it is not set, or empty. */
export function variable(name: string): string | undefined {
  const text = process.env[name]?.trim();
  return text === "" ? undefined : text;
}

/** Says that a variable cannot be used: OpenTelemetry wants it to be reported and ignored. */
export function warnOfVariable(name: string, value: string, allowed: string): void {
  diag.warn(`variable ${name} is "${redactText(value)}" and was ignored; give ${allowed}`);
}

/** Whether it is an object with named values. */
export function isObject(value: unknown): value is RawOptions {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
