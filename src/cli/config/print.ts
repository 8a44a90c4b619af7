import { HIDDEN, redact } from "../../diagnostics/redact.ts";
import { isObject } from "../../options/check.ts";
import { currentEnvironment, textFrom } from "../../options/environment.ts";
import { SETTINGS } from "../../options/settings.ts";
import type { Settings } from "../../sdk/settings.ts";
import { Output } from "../output.ts";
import { tableText } from "../texts.ts";
import { problemLines, settingsOfFile } from "./check.ts";

type Row = readonly [name: string, value: string, origin: string];

// Sections of the configuration, by the options that they come from.
const SECTIONS = {
  resourceDetection: "resourceDetection",
  eventLog: "eventLog",
  history: "history",
  live: "live",
  group: "group",
  facades: "facades",
  givenAlerts: "alerts",
  givenAnomalies: "anomalies",
} as const;

/** Prints each setting with its value and its origin. */
export async function printConfiguration(file: string | undefined): Promise<number> {
  const settings = settingsOfFile(file);
  const output = new Output(process.stdout);
  if (settings.problems.length > 0) {
    await output.write(`${problemLines(settings.problems).join("\n")}\n`);
    return 1;
  }
  const columns = [{ title: "setting" }, { title: "value" }, { title: "origin" }];
  await output.write(tableText(columns, [...rowsOf(settings)]));
  return 0;
}

function* rowsOf(settings: Settings): Generator<Row> {
  const { configuration, options } = settings;
  for (const [name, { option, variable }] of Object.entries(SETTINGS)) {
    const value: unknown = Reflect.get(configuration, name);
    if (name === "healthEndpoints" || value === undefined) continue;
    if (name === "resource") yield* leaves(settings, "resource", value);
    else yield [option ?? name, shown(value, name), originOf(settings, option ?? name, variable)];
  }
  for (const [i, { kind, ...reader }] of configuration.readers.entries()) {
    const place = `readers[${i}]`;
    yield [place, kind, originOf(settings, place)];
    yield* leaves(settings, place, "settings" in reader ? reader.settings : reader);
  }
  for (const [i] of (options.views ?? []).entries())
    yield [`views[${i}]`, shown(options.views?.[i], ""), originOf(settings, `views[${i}]`)];
  for (const [name, option] of Object.entries(SECTIONS)) {
    const section: unknown = Reflect.get(configuration, name);
    if (section === undefined) yield [option, "off", originOf(settings, option)];
    else
      yield* leaves(
        settings,
        option,
        isObject(section) && "options" in section ? section["options"] : section,
      );
  }
  const { instrumentations } = configuration;
  yield [
    "instrumentations",
    Object.keys(instrumentations).join(", "),
    originOf(settings, "instrumentations"),
  ];
}

// Names of places in messages, and what the file has already shown as a reader's kind.
const INTERNAL = /[pP]lace$|^index$/;

function* leaves(settings: Settings, place: string, value: unknown): Generator<Row> {
  if (!isObject(value) || Object.keys(value).length === 0) {
    if (isObject(value)) return;
    const option = place.replace(/Millis$/, "");
    yield [place, shown(value, place), originOf(settings, option)];
    return;
  }
  for (const [key, each] of Object.entries(value)) {
    if (each !== undefined && !INTERNAL.test(key)) yield* leaves(settings, `${place}.${key}`, each);
  }
}

function originOf({ file }: Settings, option: string, variable?: string): string {
  const origin = file?.originOf(option);
  if (origin !== undefined) {
    const { place, variables } = origin;
    return variables.length === 0 ? place : `${place}, from ${variables.join(", ")}`;
  }
  const isSet =
    file === undefined && variable !== undefined && textFrom(currentEnvironment(), variable) !== undefined;
  return isSet ? variable : "default";
}

function shown(value: unknown, name: string): string {
  // Headers have secrets under any name, and the URL of a receiver often is one.
  const isReceivers = name === "alerts.receivers" && Array.isArray(value);
  const safe = isReceivers ? value.map(receiverShown) : /headers/i.test(name) ? HIDDEN : redact(value, name);
  return typeof safe === "string" ? safe : (JSON.stringify(safe) ?? String(safe));
}

function receiverShown(receiver: unknown): unknown {
  if (!isObject(receiver)) return HIDDEN;
  return Object.fromEntries(
    Object.entries(receiver).map(([key, value]) => [key, key === "type" || key === "name" ? value : HIDDEN]),
  );
}
