// Templates of labels and annotations: Go's text/template, as Prometheus uses it.
//
// Supported: texts, comments, `-` beside the braces, `if`, `else`, `else if`, `range`, `with`, `end`, `break`, `continue`,
// `define`, `template`, `block`, variables, pipelines and parentheses. `$labels`, `$value`, `$externalLabels`,
// `$externalURL`, `.Labels`, `.Value`, `.ExternalLabels` and `.ExternalURL`.
//
// Go's functions: `and or not len index slice print printf println html js urlquery eq ne lt le gt ge`.
// Prometheus' functions: `query first label value strvalue sortByLabel args humanize humanize1024 humanizeDuration`
// `humanizePercentage humanizeTimestamp now toTime toDuration parseDuration title toUpper toLower urlQueryEscape`
// `stripPort stripDomain match reReplaceAll safeHtml graphLink tableLink externalURL pathPrefix`, and `tmpl`, whose text is empty.
//
// Not supported: `call`, methods of times, complex numbers. A text has at most 64 KiB, and takes at most 100,000
// steps and 20 queries.
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { Labels } from "../../query/source.ts";
import { BUILTIN_FUNCTIONS } from "./builtin-functions.ts";
import { execute, PendingQuery, PlacedError } from "./execute.ts";
import { type ParsedTemplate, parseTemplate } from "./parse.ts";
import { PROMETHEUS_FUNCTIONS, prometheusFunctions, type TemplateSample } from "./prometheus-functions.ts";
import { TemplateError } from "./template-error.ts";
import { Entries, Fields } from "./value.ts";
import { nearestNames } from "../../diagnostics/nearest-names.ts";

export type { TemplateSample } from "./prometheus-functions.ts";

/** Data of an alert for its templates. */
export interface TemplateData {
  /** Labels of the sample that raised the alert. */
  readonly labels: Labels;
  readonly value: number;
  /** Time of the evaluation, in seconds since the epoch. */
  readonly timeSeconds: number;
  readonly externalLabels: Labels;
  /** URL of this program for links; may be empty. */
  readonly externalUrl: string;
  /** Evaluates an expression for function `query`. Throws or rejects if it fails. */
  readonly query: (expression: string) => readonly TemplateSample[] | Promise<readonly TemplateSample[]>;
}

/** The next step for a template that does not parse: `write $labels`, or `mend it`. */
export function templateRemedy(error: unknown): string {
  return remedyOf(errorMessage(error), [
    ...VARIABLES,
    ...Object.keys(BUILTIN_FUNCTIONS),
    ...PROMETHEUS_FUNCTIONS,
  ]);
}

/** A compiled template. */
export class Template {
  readonly #text: string;
  readonly #name: string;
  // `undefined` for a text without actions.
  readonly #parsed: ParsedTemplate | undefined;

  /**
   * Compiles a template.
   *
   * @param name name of the rule, for errors.
   * @throws TemplateError with Go's message if it does not parse.
   */
  constructor(text: string, name: string) {
    this.#text = text;
    this.#name = `__alert_${name}`;
    this.#parsed = text.includes("{{") ? parseTemplate(text, isFunction, VARIABLES) : undefined;
  }

  /**
   * Returns the text, or a promise if a query has to wait. A template that fails becomes
   * `<error expanding template: …>`, as in Prometheus. Never throws.
   */
  expand(data: TemplateData, onFailure?: (message: string) => void): string | Promise<string> {
    if (this.#parsed === undefined) return this.#text;
    return this.#expand(this.#parsed, data, new Map(), onFailure);
  }

  #expand(
    parsed: ParsedTemplate,
    data: TemplateData,
    results: Map<string, QueryOutcome>,
    onFailure: ((message: string) => void) | undefined,
  ): string | Promise<string> {
    for (;;) {
      try {
        return execute({
          template: parsed,
          dot: new Fields(DATA_TYPE, fieldsOf(data)),
          variables: variablesOf(data),
          functions: prometheusFunctions({
            timeSeconds: data.timeSeconds,
            externalUrl: data.externalUrl,
            query: (expression) => resultOf(results, expression),
          }),
          maxCharacters: MAX_CHARACTERS,
          maxSteps: MAX_STEPS,
        });
      } catch (error) {
        if (!(error instanceof PendingQuery)) {
          const message = this.#failure(error);
          onFailure?.(message);
          return `<error expanding template: ${message}>`;
        }
        const outcome = outcomeOf(data, error.expression);
        if (outcome instanceof Promise)
          return outcome.then((settled) => {
            results.set(error.expression, settled);
            return this.#expand(parsed, data, results, onFailure);
          });
        results.set(error.expression, outcome);
      }
    }
  }

  #failure(error: unknown): string {
    const message = errorMessage(error);
    const name = this.#name;
    if (!(error instanceof PlacedError))
      return `error executing template ${name}: template: ${name}: ${message}`;
    const before = `${PRELUDE}${this.#text.slice(0, error.place.start)}`.split("\n");
    const column = Buffer.byteLength(before.at(-1) ?? "");
    const { text } = error.place;
    const context = text.length > MAX_CONTEXT ? `${text.slice(0, MAX_CONTEXT)}...` : text;
    return `error executing template ${name}: template: ${name}:${before.length}:${column}: executing ${JSON.stringify(name)} at <${context}>: ${message}`;
  }
}

type QueryOutcome = { readonly samples: readonly TemplateSample[] } | { readonly error: string };

const VARIABLES = ["$labels", "$externalLabels", "$externalURL", "$value"];
// Prometheus puts it before each template, so that positions in errors are counted from its start.
const PRELUDE =
  "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}";
const DATA_TYPE =
  "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value float64 }";
const MAX_CONTEXT = 20;
const MAX_QUERIES = 20;
const MAX_CHARACTERS = 65_536;
const MAX_STEPS = 100_000;

/** Whether templates have a function of this name. */
export function isFunction(name: string): boolean {
  return (
    name === "and" ||
    name === "or" ||
    Object.hasOwn(BUILTIN_FUNCTIONS, name) ||
    PROMETHEUS_FUNCTIONS.has(name)
  );
}

function fieldsOf({ labels, value, externalLabels, externalUrl }: TemplateData): Fields["fields"] {
  return {
    Labels: new Entries(labels, ""),
    ExternalLabels: new Entries(externalLabels, ""),
    ExternalURL: externalUrl,
    Value: value,
  };
}

function variablesOf(data: TemplateData): Fields["fields"] {
  const { Labels, ExternalLabels, ExternalURL, Value } = fieldsOf(data);
  return { $labels: Labels, $externalLabels: ExternalLabels, $externalURL: ExternalURL, $value: Value };
}

function resultOf(results: ReadonlyMap<string, QueryOutcome>, expression: string): readonly TemplateSample[] {
  const known = results.get(expression);
  if (known === undefined) {
    if (results.size >= MAX_QUERIES) throw new TemplateError(`more than ${MAX_QUERIES} queries`);
    throw new PendingQuery(expression);
  }
  if ("error" in known) throw new TemplateError(known.error);
  return known.samples;
}

function outcomeOf(data: TemplateData, expression: string): QueryOutcome | Promise<QueryOutcome> {
  const failed = (error: unknown): QueryOutcome => ({ error: errorMessage(error) });
  try {
    const samples = data.query(expression);
    return samples instanceof Promise ? samples.then((found) => ({ samples: found }), failed) : { samples };
  } catch (error) {
    return failed(error);
  }
}

/** The next step for the problem of a template that does not parse: `write $labels`. `names` are variables and functions. */
function remedyOf(message: string, names: readonly string[]): string {
  const [, name] = /^(?:undefined variable|function) "([^"]+)"/.exec(message) ?? [];
  if (name === undefined) return "mend it";
  // A variable without its `$` reads like a function.
  const variable = names.find((each) => each === `$${name}`);
  const kind = name.startsWith("$");
  const [nearest] = nearestNames(
    name,
    names.filter((each) => each.startsWith("$") === kind),
    1,
  );
  const known = variable ?? nearest;
  return known === undefined ? "mend it" : `write ${known}`;
}
