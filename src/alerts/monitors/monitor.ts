import { isObject } from "../../options/check.ts";
import { type Parser, prefixOf } from "../../options/parser.ts";
import type { AlertingRule, Rule } from "../rules/rule.ts";
import { type Parameter, wait } from "./kinds.ts";

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
  readonly needs?: NeededMetric | undefined;
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

/** A parameter of a monitor, for documents. */
export interface MonitorParameter {
  readonly name: string;
  readonly unit: string;
  readonly defaultValue: number | string;
}

type Named = Readonly<Record<string, number | string>>;

/** Parameters by their names. */
export type Parameters<Values> = {
  readonly [Name in keyof Values]-?: Parameter<NonNullable<Values[Name]>>;
};

/** Fields of all monitors of one alert. */
interface Definition<Values extends Named> {
  readonly needs?: NeededMetric;
  readonly fires: string;
  /** @defaultValue "0s" */
  readonly for?: string;
  /** @defaultValue "0s" */
  readonly keepFiringFor?: string;
  readonly parameters: Parameters<Values>;
}

/** The expression of a rule, and its texts, which are templates. */
export interface Condition {
  readonly expr: string;
  /** Labels besides those of the expression. */
  readonly labels?: Readonly<Record<string, string>>;
  readonly summary: string;
  readonly description: string;
}

/** A monitor with one condition. In its description, `{window}` is the value of parameter `window`. */
interface Described<Values extends Named> extends Definition<Values>, Omit<Condition, "expr"> {
  readonly expr: string | ((values: Values) => string);
}

/** Creates a monitor of one alert, with the parameters `for` and `keepFiringFor` besides its own. */
export function monitor<Values extends Named>(
  name: string,
  severity: Severity,
  definition: Described<Values>,
): Monitor {
  const { expr, summary, description } = definition;
  return monitorOf(name, severity, definition, (values) => {
    const texts = new Map(Object.entries(values).map(([parameter, value]) => [`{${parameter}}`, `${value}`]));
    const filled = description.replaceAll(/\{\w+\}/g, (text) => texts.get(text) ?? text);
    return [{ expr: typeof expr === "string" ? expr : expr(values), summary, description: filled }];
  });
}

/** Creates a monitor with several conditions. `conditions` gets the values and the monitors that are on. */
export function monitorOf<Values extends Named>(
  name: string,
  severity: Severity,
  definition: Definition<Values>,
  conditions: (values: Values, on: readonly Monitor[]) => readonly Condition[],
): Monitor {
  const { needs, fires, parameters } = definition;
  const waits = { for: wait(definition.for ?? "0s"), keepFiringFor: wait(definition.keepFiringFor ?? "0s") };
  return {
    name,
    severities: [severity],
    needs,
    fires,
    parameters: [...parametersOf(parameters), ...parametersOf(waits)],
    rules: (parser, place, given, on) => {
      refuseUnknown(parser, place, given, [...Object.keys(parameters), ...Object.keys(waits)]);
      const own = valuesFrom(parser, place, given, parameters);
      const times = valuesFrom(parser, place, given, waits);
      return conditions(own, on).map((each) => alertingRule(alertName(name), severity, each, times));
    },
  };
}

// Durations of 0 are left out.
function alertingRule(
  alert: string,
  severity: Severity,
  { expr, labels, summary, description }: Condition,
  times: { readonly for: string; readonly keepFiringFor: string },
): AlertingRule {
  return {
    alert,
    expr,
    ...(times.for !== "0s" && { for: times.for }),
    ...(times.keepFiringFor !== "0s" && { keep_firing_for: times.keepFiringFor }),
    labels: { severity, ...labels },
    annotations: { summary, description: `{{ with $labels.instance }}{{ . }}: {{ end }}${description}` },
  };
}

/** Adds a problem for each unknown parameter. */
export function refuseUnknown(parser: Parser, place: string, given: unknown, known: readonly string[]): void {
  if (isObject(given)) parser.refuseUnknown(prefixOf(place), given, known);
}

/** Parses parameters, over their defaults. */
export function valuesFrom<Values extends Named>(
  parser: Parser,
  place: string,
  given: unknown,
  parameters: Parameters<Values>,
): Values {
  const defaults = defaultsOf(parameters);
  return isObject(given) ? { ...defaults, ...parser.known(place, given, parameters) } : defaults;
}

function defaultsOf<Values extends Named>(parameters: Parameters<Values>): Values {
  const pairs: readonly (readonly unknown[])[] = Object.entries<Parameter<unknown>>(parameters).map(
    ([name, { defaultValue }]) => [name, defaultValue],
  );
  const values: Values = Object.fromEntries(pairs);
  return values;
}

/** Name of the alert: `DiskFull` for `diskFull`. */
export function alertName(monitorName: string): string {
  return `${monitorName.slice(0, 1).toUpperCase()}${monitorName.slice(1)}`;
}

/** The parameters of a monitor for documents. */
export function parametersOf(
  parameters: Readonly<Record<string, Pick<Parameter<number | string>, "unit" | "defaultValue">>>,
): readonly MonitorParameter[] {
  return Object.entries(parameters).map(([name, { unit, defaultValue }]) => ({ name, unit, defaultValue }));
}
