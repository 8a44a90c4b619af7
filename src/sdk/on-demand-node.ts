// The parts of Tachymeter that are loaded on demand. In Node.js they are loaded synchronously, by `require`.
import { createRequire } from "node:module";
import { loadedPart } from "./loaded-part.ts";
import type { InstrumentationCode, OnDemand, Parts } from "./on-demand.ts";

const require = createRequire(import.meta.url);

const PLACES: Readonly<Record<keyof Parts, string>> = {
  alerts: "#alerts",
  anomalies: "#anomalies",
  configuration: "#configuration",
  prometheus: "#prometheus",
  endpoint: "#endpoint",
  otlp: "#otlp",
  json: "#json",
  history: "#history",
  gpu: "#gpu",
  page: "#page",
  push: "#push",
  "live-query": "#live-query",
  "http-modules": "#http-modules",
  metrics: "#metrics",
  "host-id": "#host-id",
};

// `require` looks for the file again each time, and queries need their part at each evaluation.
const loaded: { -readonly [Name in keyof Parts]?: Parts[Name] } = {};

/** Loads a part. */
export function part<Name extends keyof Parts>(name: Name): Parts[Name] {
  const known = loaded[name];
  if (known !== undefined) return known;
  const made = loadedPart(PLACES[name], (place): Parts[Name] => require(place));
  loaded[name] = made;
  return made;
}

/** Loads a part without a long hold of the event loop; {@link part} returns it at once then. */
export async function loadPart(name: keyof Parts): Promise<void> {
  if (loaded[name] === undefined) await import(PLACES[name]);
}

/** Loads the code of an instrumentation. */
export function instrumentationCode(name: OnDemand): InstrumentationCode {
  return loadedPart(`#instrumentation/${name.replaceAll("_", "-")}`, (place): InstrumentationCode =>
    require(place),
  );
}
