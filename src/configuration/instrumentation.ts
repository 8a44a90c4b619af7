// Section `instrumentation/development`: switches and options by library, and the semantic conventions of messaging.
import { flag, isObject, text, whole } from "../options/check.ts";
import type { RawOptions } from "../options/parser.ts";
import { any, type FileParser, texts } from "./file-parser.ts";

// Sections of other languages and of signals other than metrics. They are not looked into.
const LANGUAGES = ["cpp", "dotnet", "erlang", "go", "java", "php", "python", "ruby", "rust", "swift"];
const GENERAL = {
  messaging: any,
  stability_opt_in_list: text,
  http: any,
  code: any,
  db: any,
  gen_ai: any,
  rpc: any,
  sanitization: any,
};
const SEMCONV = { version: whole(0, 1_000), experimental: flag, dual_emit: flag };

/** Options and variables of `start()` from the section. */
export interface InstrumentationSection {
  readonly options: RawOptions;
  /** The value of `OTEL_SEMCONV_STABILITY_OPT_IN`. */
  readonly optIn: string | undefined;
  /** The value of `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`. */
  readonly knownMethods: string | undefined;
}

export function instrumentationSection(
  file: FileParser,
  place: string,
  given: unknown,
): InstrumentationSection {
  const languages = Object.fromEntries(LANGUAGES.map((name) => [name, any]));
  const fields: { general?: unknown; js?: unknown } = file.fields(place, given, {
    ...languages,
    general: any,
    js: any,
  });
  const general = file.fields(`${place}.general`, fields.general, GENERAL);
  for (const name of ["code", "db", "gen_ai", "rpc", "sanitization"] as const)
    if (general[name] !== undefined) file.ignored.push(`${place}.general.${name}`);
  const knownMethods = knownMethodsOf(file, `${place}.general.http`, general.http);
  const messaging = file.fields(`${place}.general.messaging`, general.messaging, { semconv: any });
  const semconv = file.fields(`${place}.general.messaging.semconv`, messaging.semconv, SEMCONV);
  const isNew = messaging.semconv !== undefined && semconv.experimental !== false;
  const ofMessaging = isNew ? (semconv.dual_emit === true ? "messaging/dup" : "messaging") : undefined;
  const { js } = fields;
  const options: RawOptions = js === undefined ? {} : { instrumentations: switches(js) };
  file.origin("instrumentations", `${place}.js`);
  return { options, optIn: ofMessaging ?? general.stability_opt_in_list, knownMethods };
}

// The variable has one list for servers and clients.
function knownMethodsOf(file: FileParser, place: string, given: unknown): string | undefined {
  const http = file.fields(place, given, { client: any, server: any, semconv: any });
  if (http.semconv !== undefined) file.ignored.push(`${place}.semconv`);
  const methods = (["client", "server"] as const).flatMap((side) => {
    const fields = file.fields(`${place}.${side}`, http[side], {
      known_methods: texts,
      request_captured_headers: any,
      response_captured_headers: any,
    });
    for (const name of ["request_captured_headers", "response_captured_headers"] as const)
      if (fields[name] !== undefined) file.ignored.push(`${place}.${side}.${name}`);
    return fields.known_methods ?? [];
  });
  return methods.length === 0 ? undefined : [...new Set(methods)].join(",");
}

// Empty properties turn an instrumentation on.
function switches(given: unknown): unknown {
  if (!isObject(given)) return given;
  return Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value ?? {}]));
}
