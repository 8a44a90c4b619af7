// OpenTelemetry's own instrumentations, which run in place of ours if they are chosen by name.
import { createRequire, syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import type { Instrumentation } from "../options/instrumentation.ts";
import type { Configuration, OptionsProblem, OtelName } from "../options/index.ts";
import { replaceMethod } from "../recording/replace-method.ts";
import { part } from "#on-demand";
import { applicationFolders } from "./application-folders.ts";

const CLASSES: Readonly<Record<OtelName, string>> = {
  http: "HttpInstrumentation",
  undici: "UndiciInstrumentation",
  mongodb: "MongoDBInstrumentation",
  pg: "PgInstrumentation",
  kafkajs: "KafkaJsInstrumentation",
};

/** The package of an instrumentation, which is also the scope of its metrics. */
export function otelPackage(name: OtelName): string {
  return `@opentelemetry/instrumentation-${name}`;
}

/** A problem for each chosen one that is not installed. */
export function otelProblems({ otelInstrumentations: names }: Configuration): readonly OptionsProblem[] {
  return names
    .filter((name) => requireOfApplication(name) === undefined)
    .map((name) => ({
      name: "instrumentations.otel",
      value: name,
      must: `name installed packages; run npm install ${otelPackage(name)}`,
    }));
}

type InstrumentationClass = new (config: object) => unknown;

/** The chosen ones, without those of which `given`, the caller's own, has an instance, and those that are switched off. */
export function otelInstrumentations(
  { otelInstrumentations: names, instrumentations: settings }: Configuration,
  given: readonly Instrumentation[],
): readonly Instrumentation[] {
  return names.flatMap((name) => {
    const config = settings[name];
    if (config === undefined || given.some((each) => isOf(name, each))) return [];
    try {
      return [made(name, config)];
    } catch (error) {
      diag.warn(`instrumentation ${name}: ${otelPackage(name)} could not be enabled; ours is used`, error);
      return [];
    }
  });
}

/** Whether it is OpenTelemetry's instrumentation of that name. */
export function isOf(name: OtelName, { instrumentationName }: Instrumentation): boolean {
  return instrumentationName === otelPackage(name);
}

function made(name: OtelName, config: object): Instrumentation {
  const Class: unknown = Reflect.get(Object(requireOfApplication(name)?.(otelPackage(name))), CLASSES[name]);
  if (!isClass(Class)) throw new TypeError(`its export "${CLASSES[name]}" is not a class`);
  const instrumentation = new Class(config);
  if (!isInstrumentation(instrumentation))
    throw new TypeError(`"${CLASSES[name]}" is not an instrumentation`);
  showBuiltins(instrumentation);
  giveWay(instrumentation, Class, name);
  const version = instrumentation.instrumentationVersion;
  diag.info(
    `instrumentation ${name}: ${otelPackage(name)} ${version} is used, by option instrumentations.otel`,
  );
  return instrumentation;
}

// ES modules import builtins past all `require` hooks. They are not required here, since a module that was required
// before is hidden from an instrumentation that the application makes later.
function showBuiltins(instrumentation: Instrumentation): void {
  if (!hasDefinitions(instrumentation)) return;
  const builtins: Readonly<Record<string, object>> = { ...part("httpModules") };
  for (const definition of instrumentation.getModuleDefinitions()) {
    const builtin = builtins[definition.name];
    if (builtin === undefined) continue;
    definition.moduleExports = builtin;
    definition.patch?.(builtin);
  }
  // The bindings that ES modules import are copies, updated by this call.
  syncBuiltinESMExports();
}

// Disables our instance once the application enables its own: two would measure everything twice, and make two spans.
function giveWay(ours: Instrumentation, Class: InstrumentationClass, name: OtelName): void {
  const stopWatching = replaceMethod(Reflect.get(Class, "prototype"), "enable", (call, _args, self) => {
    if (self !== ours) {
      diag.debug(`instrumentation ${name}: the application's own ${otelPackage(name)} takes over`);
      ours.disable();
    }
    return call();
  });
  const restore = replaceMethod(ours, "disable", (call) => {
    stopWatching?.();
    restore?.();
    const result = call();
    syncBuiltinESMExports();
    return result;
  });
}

// Resolves as the application does.
function requireOfApplication(name: OtelName): NodeJS.Require | undefined {
  return applicationFolders()
    .map((folder) => createRequire(join(folder, "package.json")))
    .find((require) => {
      try {
        return require.resolve(otelPackage(name)) !== "";
      } catch {
        return false;
      }
    });
}

function isClass(value: unknown): value is InstrumentationClass {
  return typeof value === "function";
}

function isInstrumentation(value: unknown): value is Instrumentation {
  return (
    typeof value === "object" &&
    value !== null &&
    "instrumentationName" in value &&
    "enable" in value &&
    "disable" in value &&
    "setMeterProvider" in value
  );
}

interface ModuleDefinition {
  readonly name: string;
  moduleExports?: unknown;
  patch?(exports: object): unknown;
}

interface Defined {
  getModuleDefinitions(): readonly ModuleDefinition[];
}

function hasDefinitions(instrumentation: object): instrumentation is Defined {
  return "getModuleDefinitions" in instrumentation;
}
