import { isObject } from "./check.ts";
import { show } from "../diagnostics/show.ts";
import { wordsFrom } from "./environment.ts";
import type { Parser, RawOptions } from "./parser.ts";
import { SETTINGS } from "./settings.ts";

/** The options of each enabled instrumentation; a disabled one is absent. */
export type InstrumentationSettings = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * Reads option `instrumentations` if it is an object by name, `OTEL_NODE_ENABLED_INSTRUMENTATIONS` and
 * `OTEL_NODE_DISABLED_INSTRUMENTATIONS`. Names may have dashes or dots in place of underscores. An array holds the
 * caller's own instrumentations, which are added to these.
 *
 * @param known the names of all instrumentations.
 */
export function readInstrumentations(parser: Parser, known: readonly string[]): InstrumentationSettings {
  const byName = namedOptions(parser, known);
  const enabled = namesFrom(parser, "OTEL_NODE_ENABLED_INSTRUMENTATIONS", known);
  const disabled = namesFrom(parser, "OTEL_NODE_DISABLED_INSTRUMENTATIONS", known);
  const settings: Record<string, Readonly<Record<string, unknown>>> = {};
  for (const name of known) {
    const option = byName[name];
    const fromEnvironment = (enabled.length === 0 || enabled.includes(name)) && !disabled.includes(name);
    if (option === undefined ? fromEnvironment : !isOff(option))
      settings[name] = { ...(name === "http" && httpVariables(parser)), ...(isObject(option) && option) };
  }
  return settings;
}

function httpVariables(parser: Parser): RawOptions {
  const ignore = parser.setting(SETTINGS["instrumentations.http.ignore"]);
  const requestHeaders = parser.setting(SETTINGS["instrumentations.http.requestHeaders"]);
  return { ...(ignore && { ignore }), ...(requestHeaders && { requestHeaders }) };
}

// The same variables switch instrumentations of other packages, so an unknown name is only a warning.
function namesFrom(
  { environment, warnings }: Parser,
  variable: string,
  known: readonly string[],
): readonly string[] {
  const names = wordsFrom(environment, variable);
  const others = names.filter((name) => !known.includes(ourName(name)));
  if (others.length > 0) {
    warnings.push(
      `variable ${variable} lists ${others.map((name) => show(name)).join(", ")}, unknown to tachymeter; known names are ${known.join(", ")}`,
    );
  }
  return names.map(ourName);
}

function namedOptions(parser: Parser, known: readonly string[]): Readonly<Record<string, unknown>> {
  const given = parser.options["instrumentations"];
  if (given === undefined) return {};
  if (Array.isArray(given)) {
    given.forEach((entry: unknown, index) => {
      if (!isInstrumentation(entry)) {
        parser.problem(
          `instrumentations[${index}]`,
          entry,
          "be an Instrumentation, such as new HttpInstrumentation()",
        );
      }
    });
    return {};
  }
  if (!isObject(given)) {
    parser.problem(
      "instrumentations",
      given,
      "be an array of Instrumentations or an object such as { mqtt: false }",
    );
    return {};
  }
  const { otel: _, ...byName } = given;
  for (const [name, value] of Object.entries(byName)) {
    if (!known.includes(ourName(name))) {
      parser.problem(`instrumentations.${name}`, value, `be one of the names ${known.join(", ")}, otel`);
    } else if (typeof value !== "boolean" && !isObject(value)) {
      parser.problem(`instrumentations.${name}`, value, "be true, false or an object of options");
    }
  }
  return Object.fromEntries(Object.entries(byName).map(([name, value]) => [ourName(name), value]));
}

// Upstream's `registerInstrumentations` enables all of them, even those with option `enabled: false`.
function isOff(option: unknown): boolean {
  return option === false || (isObject(option) && option["enabled"] === false);
}

// Upstream's names have dashes, and `socket.io` has a dot.
function ourName(given: string): string {
  return given.replaceAll(/[-.]/g, "_");
}

function isInstrumentation(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value["enable"] === "function" &&
    typeof value["setMeterProvider"] === "function"
  );
}
