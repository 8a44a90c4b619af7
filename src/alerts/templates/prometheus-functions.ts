// The functions that Prometheus adds to templates.
import type { Labels } from "../../query/source.ts";
import { matchesPart, replaceParts } from "../../query/evaluation/text-search.ts";
import { queryText, takes, textArgument, type TemplateFunction } from "./builtin-functions.ts";
import {
  durationText,
  humanize,
  humanize1024,
  humanizeDuration,
  humanizePercentage,
  humanizeTimestamp,
  parseDuration,
  toTime,
} from "./humanize.ts";
import { TemplateError } from "./template-error.ts";
import { Entries, Fields, typeOf, type Value } from "./value.ts";

/** A sample that a query in a template returns. */
export interface TemplateSample {
  readonly labels: Labels;
  readonly value: number;
}

/** Context of the functions of an evaluation. */
export interface FunctionContext {
  /** Time of the evaluation, in seconds since the epoch. */
  readonly timeSeconds: number;
  /** URL of this program for links; may be empty. */
  readonly externalUrl: string;
  /** Result of a query. Throws if it fails or is not known yet. */
  readonly query: (expression: string) => readonly TemplateSample[];
}

/** The functions, for one evaluation. */
export function prometheusFunctions({
  timeSeconds,
  externalUrl,
  query,
}: FunctionContext): Readonly<Record<string, TemplateFunction>> {
  return {
    query: one((expression) =>
      query(textArgument(expression)).map(({ labels, value }) => sampleOf(labels, value)),
    ),
    first: one((samples) => {
      const [first] = listArgument(samples);
      if (first === undefined) throw new TemplateError("first() called on vector with no elements");
      return first;
    }),
    label: two((label, sample) => labelOf(sample, textArgument(label))),
    value: one((sample) => sampleArgument(sample).fields["Value"]),
    strvalue: one((sample) => labelOf(sample, "__value__")),
    sortByLabel: two((label, samples) =>
      listArgument(samples).toSorted((left, right) => {
        const [a, b] = [labelOf(left, textArgument(label)), labelOf(right, textArgument(label))];
        return a < b ? -1 : a > b ? 1 : 0;
      }),
    ),
    args: takes(
      0,
      undefined,
      (args) => new Entries(Object.fromEntries(args.map((arg, i) => [`arg${i}`, arg])), undefined),
    ),
    humanize: one(humanize),
    humanize1024: one(humanize1024),
    humanizeDuration: one(humanizeDuration),
    humanizePercentage: one(humanizePercentage),
    humanizeTimestamp: one(humanizeTimestamp),
    now: takes(0, 0, () => timeSeconds),
    toTime: one(toTime),
    toDuration: one(durationText),
    parseDuration: one((text) => parseDuration(textArgument(text))),
    title: one((text) =>
      textArgument(text).replaceAll(/(?<![\p{L}\p{Nd}_'’])\p{Ll}/gu, (letter) => letter.toUpperCase()),
    ),
    toUpper: one((text) => textArgument(text).toUpperCase()),
    toLower: one((text) => textArgument(text).toLowerCase()),
    urlQueryEscape: one((text) => queryText(textArgument(text))),
    stripPort: one((text) => withoutPort(textArgument(text))),
    stripDomain: one((text) => withoutDomain(textArgument(text))),
    match: two((pattern, text) => matchesPart(textArgument(pattern), textArgument(text))),
    reReplaceAll: takes(3, 3, ([pattern, template, text]) =>
      replaceParts(textArgument(pattern), textArgument(template), textArgument(text)),
    ),
    safeHtml: one((text) => textArgument(text)),
    // There are no console templates; the specification of alert generators asks for an empty text.
    tmpl: two(() => ""),
    graphLink: one((text) => linkTo(textArgument(text), 0)),
    tableLink: one((text) => linkTo(textArgument(text), 1)),
    externalURL: takes(0, 0, () => externalUrl),
    pathPrefix: takes(0, 0, () =>
      URL.canParse(externalUrl) ? new URL(externalUrl).pathname.replace(/^\/$/, "") : "",
    ),
  };
}

/** Names of the functions. */
export const PROMETHEUS_FUNCTIONS: ReadonlySet<string> = new Set(
  Object.keys(prometheusFunctions({ timeSeconds: 0, externalUrl: "", query: () => [] })),
);

function one(call: (value: Value) => Value): TemplateFunction {
  return takes(1, 1, ([value]) => call(value));
}

function two(call: (left: Value, right: Value) => Value): TemplateFunction {
  return takes(2, 2, ([left, right]) => call(left, right));
}

function sampleOf(labels: Labels, value: number): Fields {
  return new Fields("*template.sample", { Labels: new Entries(labels, ""), Value: value });
}

function listArgument(value: Value): readonly Value[] {
  if (Array.isArray(value)) return value;
  throw new TemplateError(`wrong type for value; expected template.queryResult; got ${typeOf(value)}`);
}

function sampleArgument(value: Value): Fields {
  if (value instanceof Fields && value.type === "*template.sample") return value;
  throw new TemplateError(`wrong type for value; expected *template.sample; got ${typeOf(value)}`);
}

function labelOf(sample: Value, label: string): string {
  const labels = sampleArgument(sample).fields["Labels"];
  const value = labels instanceof Entries ? labels.get(label) : "";
  return typeof value === "string" ? value : "";
}

function withoutPort(hostPort: string): string {
  const match = /^(?:\[([^\]]*)\]|([^:]*)):[^:]*$/.exec(hostPort);
  return match === null ? hostPort : (match[1] ?? match[2] ?? hostPort);
}

function withoutDomain(hostPort: string): string {
  const match = /^([^:]*):([^:]*)$/.exec(hostPort);
  const [host, port] = match === null ? [hostPort, ""] : [match[1] ?? "", `:${match[2]}`];
  const isAddress = /^\d+(?:\.\d+){3}$/.test(host) || host.includes(":");
  return (isAddress ? host : (host.split(".")[0] ?? "")) + port;
}

function linkTo(expression: string, tab: 0 | 1): string {
  return `/graph?g0.expr=${queryText(expression)}&g0.tab=${tab}`;
}
