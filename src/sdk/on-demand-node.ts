// The parts of Tachymeter that are loaded on demand. In Node.js they are loaded synchronously, by `require`.
import { createRequire } from "node:module";
import { errorMessage } from "../diagnostics/error-message.ts";
import type { InstrumentationName } from "../options/index.ts";
import type { InstrumentationCode, Parts } from "./on-demand.ts";

const require = createRequire(import.meta.url);

const PLACES: Readonly<Record<keyof Parts, string>> = {
  prometheus: "#reader/prometheus",
  otlp: "#reader/otlp",
  json: "#reader/json",
  history: "#history",
  push: "#push",
  "http-modules": "#http-modules",
  upstream: "@opentelemetry/sdk-metrics",
  resources: "@opentelemetry/resources",
};

/** Loads a part. */
export function part<Name extends keyof Parts>(name: Name): Parts[Name] {
  return loaded(PLACES[name], (place): Parts[Name] => require(place));
}

/** Loads the code of an instrumentation. */
export function instrumentationCode(name: InstrumentationName): InstrumentationCode {
  return loaded(`#instrumentation/${name.replaceAll("_", "-")}`, (place): InstrumentationCode =>
    require(place),
  );
}

function loaded<Part>(place: string, load: (place: string) => Part): Part {
  try {
    return load(place);
  } catch (error) {
    if (!errorMessage(error).includes(place)) throw error;
    throw new Error(
      `tachymeter: "${place}" was not found; if a bundler includes Tachymeter, set its condition "module"`,
      { cause: error },
    );
  }
}
