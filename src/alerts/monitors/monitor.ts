import { type Checks, isObject } from "../../options/check.ts";
import { type Parser, prefixOf } from "../../options/parser.ts";
import type { AlertingRule, Rule } from "../rules/rule.ts";
import { type Kind, wait } from "./kinds.ts";

/** Label `severity` of an alert: act now, act soon, or know. */
export type Severity = "critical" | "warning" | "info";

/** A predefined monitor: rules of Prometheus that follow from parameters. */
export interface Monitor {
  /** Name in option `monitors`: `diskFull`. */
  readonly name: string;
  /** Severities of its alerts. */
  readonly severities: readonly Severity[];
  /** The condition, as it follows "fires if". */
  readonly fires: string;
  /** The parameters with their defaults. */
  readonly parameters: readonly MonitorParameter[];
  /** Returns the rules. Adds a problem to the parser for each invalid parameter. */
  readonly rules: (parser: Parser, place: string, given: unknown) => readonly Rule[];
}

/** A parameter of a monitor. */
export interface MonitorParameter {
  readonly name: string;
  readonly unit: string;
  readonly defaultValue: number | string;
}

type Kinds<Values> = { readonly [Name in keyof Values]-?: Kind<NonNullable<Values[Name]>> };

interface Definition<Values extends object> {
  readonly name: string;
  readonly severity: Severity;
  readonly fires: string;
  /** @defaultValue "0s" */
  readonly for?: string;
  /** @defaultValue "0s" */
  readonly keepFiringFor?: string;
  readonly kinds: Kinds<Values>;
  readonly defaults: Values;
  readonly alert: (values: Values) => Condition;
}

/** The expression of a rule, and its texts, which are templates. */
export interface Condition {
  readonly expr: string;
  readonly summary: string;
  readonly description: string;
}

const TIMES: Kinds<{ for: string; keepFiringFor: string }> = { for: wait, keepFiringFor: wait };

/** Creates a monitor of one alerting rule, with the parameters `for` and `keepFiringFor` besides its own. */
export function monitor<Values extends object>(definition: Definition<Values>): Monitor {
  const { name, severity, fires, kinds, defaults, alert } = definition;
  const times = { for: definition.for ?? "0s", keepFiringFor: definition.keepFiringFor ?? "0s" };
  return {
    name,
    severities: [severity],
    fires,
    parameters: [...parametersOf(kinds, defaults), ...parametersOf(TIMES, times)],
    rules: (parser, place, given) => {
      refuseUnknown(parser, place, given, [...Object.keys(kinds), ...Object.keys(TIMES)]);
      const own = valuesFrom(parser, place, given, kinds, defaults);
      const waits = valuesFrom(parser, place, given, TIMES, times);
      return [alertingRule(alertName(name), severity, alert(own), waits)];
    },
  };
}

/** Returns an alerting rule. Durations of 0 are left out. */
export function alertingRule(
  alert: string,
  severity: Severity,
  { expr, summary, description }: Condition,
  waits: { readonly for: string; readonly keepFiringFor: string },
): AlertingRule {
  return {
    alert,
    expr,
    ...(waits.for !== "0s" && { for: waits.for }),
    ...(waits.keepFiringFor !== "0s" && { keep_firing_for: waits.keepFiringFor }),
    labels: { severity },
    annotations: { summary, description: `{{ with $labels.instance }}{{ . }}: {{ end }}${description}` },
  };
}

/** Adds a problem for each unknown parameter. */
export function refuseUnknown(parser: Parser, place: string, given: unknown, known: readonly string[]): void {
  if (isObject(given)) parser.refuseUnknown(prefixOf(place), given, known);
}

/** Parses parameters, over their defaults. */
export function valuesFrom<Values extends object>(
  parser: Parser,
  place: string,
  given: unknown,
  kinds: Kinds<Values>,
  defaults: Values,
): Values {
  const checks: Checks<Values> = kinds;
  return isObject(given) ? { ...defaults, ...parser.known(place, given, checks) } : defaults;
}

/** Name of the alert: `DiskFull` for `diskFull`. */
export function alertName(monitorName: string): string {
  return `${monitorName.slice(0, 1).toUpperCase()}${monitorName.slice(1)}`;
}

/** The parameters of a monitor for documents. */
export function parametersOf<Values extends object>(
  kinds: Kinds<Values>,
  defaults: Values,
): readonly MonitorParameter[] {
  const parameters: MonitorParameter[] = [];
  for (const name in kinds) {
    const defaultValue: unknown = defaults[name];
    if (typeof defaultValue === "number" || typeof defaultValue === "string")
      parameters.push({ name, unit: kinds[name].unit, defaultValue });
  }
  return parameters;
}
