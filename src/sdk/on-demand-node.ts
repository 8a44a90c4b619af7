// The parts of Tachymeter that are loaded on demand. In Node.js they are loaded synchronously, by `require`.
import { createRequire } from "node:module";
import { loadedPart } from "./loaded-part.ts";
import type { InstrumentationCode, OnDemand, Parts } from "./on-demand.ts";

const require = createRequire(import.meta.url);

const PLACES: Readonly<Record<keyof Parts, string>> = {
  alerts: "#alerts",
  anomalies: "#anomalies",
  prometheus: "#reader/prometheus",
  otlp: "#reader/otlp",
  json: "#reader/json",
  history: "#history",
  push: "#push",
  "live-query": "#live-query",
  "http-modules": "#http-modules",
  upstream: "@opentelemetry/sdk-metrics",
  resources: "@opentelemetry/resources",
};

/** Loads a part. */
export function part<Name extends keyof Parts>(name: Name): Parts[Name] {
  return loadedPart(PLACES[name], (place): Parts[Name] => require(place));
}

/** Loads the code of an instrumentation. */
export function instrumentationCode(name: OnDemand): InstrumentationCode {
  return loadedPart(`#instrumentation/${name.replaceAll("_", "-")}`, (place): InstrumentationCode =>
    require(place),
  );
}
