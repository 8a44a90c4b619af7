import { GRPC_URL } from "../../configuration/exporters.ts";
import { FileParser } from "../../configuration/file-parser.ts";
import { textPairs } from "../../configuration/pairs.ts";
import { HIDDEN, redact } from "../../diagnostics/redact.ts";
import { isObject } from "../../options/check.ts";
import { currentEnvironment, textFrom, wordsFrom } from "../../options/environment.ts";
import { endpointUrl, HTTP_URL } from "../../options/otlp.ts";
import { SETTINGS } from "../../options/settings.ts";
import type { Settings } from "../../sdk/settings.ts";
import { Output } from "../output.ts";
import { tableText } from "../texts.ts";
import { problemLines, settingsOfFile } from "./check.ts";
import { inUnitOfOption, optionOf, readerOptions, sectionOptions, valuesIn } from "./named-options.ts";
import { optionsOf, variablesOf } from "./variables.ts";

type Row = readonly [name: string, value: string, origin: string];

const DEFAULT = "default";
// Up to 56 characters: the rest, or up to a comma or space, or within a long word.
const WRAPPED = /.{1,56}$|.{0,55}[,\s]|.{56}/gsu;
const READERS = "OTEL_METRICS_EXPORTER";

/** Prints each setting with its value and its origin. */
export async function printConfiguration(file: string | undefined): Promise<number> {
  const settings = settingsOfFile(file);
  const output = new Output(process.stdout);
  if (settings.problems.length > 0) {
    await output.write(`${problemLines(settings.problems).join("\n")}\n`);
    return 1;
  }
  const columns = [{ title: "setting" }, { title: "value" }, { title: "origin" }];
  await output.write(tableText(columns, [...rowsOf(settings)].flatMap(wrapped)));
  return 0;
}

// Long values go on in further rows.
function wrapped([name, value, origin]: Row): readonly Row[] {
  const lines = value.match(WRAPPED) ?? [""];
  return lines.map((line, i): Row => (i === 0 ? [name, line, origin] : ["", line, ""]));
}

function* rowsOf(settings: Settings): Generator<Row> {
  const { configuration, options } = settings;
  for (const [name, { option = optionOf(name) }] of Object.entries(SETTINGS)) {
    const set: unknown = Reflect.get(configuration, name);
    const value = set === undefined ? textOf(settings, option) : inUnitOfOption(name, set);
    if (name === "resource") yield* resourceRows(settings);
    else if (name === "api") yield [option, shown(value, option), originOf(settings, apiSwitch(settings))];
    else if (value !== undefined) yield row(settings, option, value);
  }
  for (const i of configuration.readers.keys()) yield* readerRows(settings, i);
  for (const [i, view] of (options.views ?? []).entries()) yield row(settings, `views[${i}]`, view);
  const { switched, others } = sectionOptions(configuration);
  for (const [option, section] of Object.entries({ ...others, ...switched })) {
    const switching = option === "page" ? pageSwitch(settings) : option;
    if (option in switched)
      yield [option, section === undefined ? "off" : "on", originOf(settings, switching)];
    for (const [name, value] of valuesIn(option, section)) yield row(settings, name, value);
  }
  yield row(settings, "instrumentations", Object.keys(configuration.instrumentations).join(", "));
}

// Option `page` turns `api` on.
function apiSwitch(settings: Settings): string {
  return settings.configuration.page === undefined ? "api" : pageSwitch(settings);
}

// Option `mcp` turns `page` on.
function pageSwitch({ configuration }: Settings): string {
  return configuration.mcp === undefined ? "page" : "mcp";
}

function* resourceRows(settings: Settings): Generator<Row> {
  for (const [name, value] of valuesIn("resource", settings.configuration.resource))
    yield row(settings, name, value);
  for (const variable of variablesOf(settings, "resource")) {
    const pairs = textPairs(new FileParser(), variable, textFrom(currentEnvironment(), variable));
    for (const [name, value] of pairs) yield [`resource.${name}`, shown(value, name), variable];
  }
}

function* readerRows(settings: Settings, index: number): Generator<Row> {
  const reader = settings.configuration.readers[index];
  if (reader === undefined) return;
  const { kind } = reader;
  const listed = `readers[${index}]`;
  yield [listed, kind, originOf(settings, listed, variablesOfReader(settings, index, kind))];
  const values = new Map(valuesIn(kind, readerOptions(reader)));
  // The exporters read these themselves.
  for (const option of optionsOf(kind)) {
    const text = textOf(settings, option);
    if (text !== undefined && !values.has(option)) values.set(option, text);
  }
  if (reader.kind === "otlp") values.set("otlp.url", reader.url ?? urlOfVariables(settings, reader.protocol));
  for (const [option, value] of values) {
    const name = `${listed}${option.slice(kind.length)}`;
    // The file has headers as a list.
    const place = name.replace(/(?<=\.headers)\..*/, "");
    const origin = originOf(settings, place, variablesOf(settings, option, value));
    const isInherited = origin === DEFAULT && option === `${kind}.interval`;
    yield [name, shown(value, name), isInherited ? originOf(settings, "collectionInterval") : origin];
  }
}

// Variables that add the reader.
function variablesOfReader(settings: Settings, index: number, kind: string): readonly string[] {
  const words = wordsFrom(currentEnvironment(), READERS);
  if (words.includes(kind)) return [READERS];
  if (kind === "otlp") return variablesOf(settings, "otlp.url");
  // The default reader, or one that option `api` adds to the others.
  return words.length === 0 && index === 0 ? [] : variablesOf(settings, apiSwitch(settings));
}

function urlOfVariables(settings: Settings, protocol: string): string {
  if (protocol === "grpc") return textOf(settings, "otlp.url") ?? GRPC_URL;
  return endpointUrl(currentEnvironment()) ?? HTTP_URL;
}

/** Text of the variable that sets an option. */
function textOf(settings: Settings, option: string): string | undefined {
  const [variable] = variablesOf(settings, option);
  return variable && textFrom(currentEnvironment(), variable);
}

function row(settings: Settings, option: string, value: unknown): Row {
  return [option, shown(value, option), originOf(settings, option, variablesOf(settings, option, value))];
}

function originOf(
  settings: Settings,
  option: string,
  set: readonly string[] = variablesOf(settings, option),
): string {
  const origin = settings.file?.originOf(option);
  if (origin === undefined) return set.length === 0 ? DEFAULT : set.join(", ");
  const { place, variables } = origin;
  return variables.length === 0 ? place : `${place}, from ${variables.join(", ")}`;
}

// Values of headers and texts in PEM format have secrets under any name.
const HIDDEN_NAME = /headers|\.tls\.(?!\w+File$)/i;

function shown(value: unknown, name: string): string {
  // The URL of a receiver often is a secret.
  const isReceivers = name === "alerts.receivers" && Array.isArray(value);
  const safe = isReceivers ? value.map(receiverShown) : HIDDEN_NAME.test(name) ? HIDDEN : redact(value, name);
  return typeof safe === "string" ? safe : (JSON.stringify(safe) ?? String(safe));
}

function receiverShown(receiver: unknown): unknown {
  if (!isObject(receiver)) return HIDDEN;
  return Object.fromEntries(
    Object.entries(receiver).map(([key, value]) => [key, key === "type" || key === "name" ? value : HIDDEN]),
  );
}
