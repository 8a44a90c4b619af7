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
  /** The metric without which it sees nothing; `undefined` if it has an alert of its own for that, or needs none. */
  readonly needs?: NeededMetric;
  /** Returns the rules. `on` are the monitors that are on. Adds a problem to the parser for each invalid parameter. */
  readonly rules: (parser: Parser, place: string, given: unknown, on: readonly Monitor[]) => readonly Rule[];
}

/** A metric that a monitor needs, by its name in Prometheus. */
export interface NeededMetric {
  readonly metric: string;
  /** Whether a process has it from its start on. Otherwise it has it from its first event on, which may come late. */
  readonly isFromStart: boolean;
}

/** A metric that each process records from its start on. */
export function fromStart(metric: string): NeededMetric {
  return { metric, isFromStart: true };
}

/** A metric that a process records from its first event on: a message, a command, a check. */
export function fromFirstEvent(metric: string): NeededMetric {
  return { metric, isFromStart: false };
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
  readonly needs?: NeededMetric;
  readonly fires: string;
  /** @defaultValue "0s" */
  readonly for?: string;
  /** @defaultValue "0s" */
  readonly keepFiringFor?: string;
  readonly kinds: Kinds<Values>;
  readonly defaults: Values;
  /** Returns the conditions of its alert. `on` are the monitors that are on. */
  readonly alert: (values: Values, on: readonly Monitor[]) => Condition | readonly Condition[];
}

/** The expression of a rule, and its texts, which are templates. */
export interface Condition {
  readonly expr: string;
  /** Labels besides those of the expression. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
}

const TIMES: Kinds<{ for: string; keepFiringFor: string }> = { for: wait, keepFiringFor: wait };

/** Creates a monitor of one alert, with the parameters `for` and `keepFiringFor` besides its own. */
export function monitor<Values extends object>(definition: Definition<Values>): Monitor {
  const { name, severity, needs, fires, kinds, defaults, alert } = definition;
  const times = { for: definition.for ?? "0s", keepFiringFor: definition.keepFiringFor ?? "0s" };
  return {
    name,
    severities: [severity],
    ...(needs !== undefined && { needs }),
    fires,
    parameters: [...parametersOf(kinds, defaults), ...parametersOf(TIMES, times)],
    rules: (parser, place, given, on) => {
      refuseUnknown(parser, place, given, [...Object.keys(kinds), ...Object.keys(TIMES)]);
      const own = valuesFrom(parser, place, given, kinds, defaults);
      const waits = valuesFrom(parser, place, given, TIMES, times);
      return [alert(own, on)].flat().map((each) => alertingRule(alertName(name), severity, each, waits));
    },
  };
}

/** Returns an alerting rule. Durations of 0 are left out. */
export function alertingRule(
  alert: string,
  severity: Severity,
  { expr, labels, summary, description }: Condition,
  waits: { readonly for: string; readonly keepFiringFor: string },
): AlertingRule {
  return {
    alert,
    expr,
    ...(waits.for !== "0s" && { for: waits.for }),
    ...(waits.keepFiringFor !== "0s" && { keep_firing_for: waits.keepFiringFor }),
    labels: { severity, ...labels },
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
