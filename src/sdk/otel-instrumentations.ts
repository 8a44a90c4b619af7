// OpenTelemetry's own instrumentations, if the application has them installed.
import { createRequire, syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import type { Instrumentation, InstrumentationModuleDefinition } from "@opentelemetry/instrumentation";
import type { InstrumentationSettings, InstrumentationName } from "../options/index.ts";
import { replaceMethod } from "../recording/replace-method.ts";
import { part } from "#on-demand";
import { applicationFolders } from "./application-folders.ts";

interface Upstream {
  readonly name: InstrumentationName;
  readonly package: string;
  /** Name of the exported class. */
  readonly class: string;
}

const UPSTREAMS: readonly Upstream[] = [
  {
    name: "http",
    package: "@opentelemetry/instrumentation-http",
    class: "HttpInstrumentation",
  },
  {
    name: "undici",
    package: "@opentelemetry/instrumentation-undici",
    class: "UndiciInstrumentation",
  },
  {
    name: "mongodb",
    package: "@opentelemetry/instrumentation-mongodb",
    class: "MongoDBInstrumentation",
  },
  { name: "pg", package: "@opentelemetry/instrumentation-pg", class: "PgInstrumentation" },
];

type InstrumentationClass = new (config: object) => unknown;

/**
 * OpenTelemetry's instrumentations of HTTP, undici, PostgreSQL and MongoDB that the application has installed and that
 * `settings` do not switch off. An instance in `given`, the caller's own, is used instead. So is one that the
 * application makes later.
 */
export function upstreamInstrumentations(
  settings: InstrumentationSettings,
  given: readonly Instrumentation[],
): readonly Instrumentation[] {
  return UPSTREAMS.flatMap((upstream) => {
    const config = settings[upstream.name];
    if (config === undefined) return [];
    if (given.some(({ instrumentationName }) => instrumentationName === upstream.package)) {
      diag.debug(`instrumentation ${upstream.name}: the application's own ${upstream.package} is used`);
      return [];
    }
    try {
      const made = enabled(upstream, config);
      return made === undefined ? [] : [made];
    } catch (error) {
      diag.warn(`instrumentation ${upstream.name}: ${upstream.package} could not be enabled`, error);
      return [];
    }
  });
}

function enabled(upstream: Upstream, config: object): Instrumentation | undefined {
  const installed = requireInstalled(upstream.package);
  if (installed === undefined) return undefined;
  const made = Reflect.get(Object(installed), upstream.class);
  if (!isClass(made)) throw new TypeError(`its export "${upstream.class}" is not a class`);
  const instrumentation: unknown = new made(config);
  if (!isInstrumentation(instrumentation))
    throw new TypeError(`"${upstream.class}" is not an instrumentation`);
  showBuiltins(instrumentation);
  giveWay(instrumentation, made, upstream);
  diag.debug(
    `instrumentation ${upstream.name}: ${upstream.package} ${instrumentation.instrumentationVersion} is enabled`,
  );
  return instrumentation;
}

// ES modules import builtins past all `require` hooks. They are not required here, since a module that was required
// before is hidden from an instrumentation that the application makes later.
function showBuiltins(instrumentation: Instrumentation): void {
  if (!hasDefinitions(instrumentation)) return;
  const builtins: Readonly<Record<string, object>> = { ...part("http-modules") };
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
function giveWay(ours: Instrumentation, made: InstrumentationClass, { name, package: of }: Upstream): void {
  const stopWatching = replaceMethod(Reflect.get(made, "prototype"), "enable", (call, _args, self) => {
    if (self !== ours) {
      diag.debug(`instrumentation ${name}: the application's own ${of} takes over`);
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
function requireInstalled(name: string): unknown {
  for (const folder of applicationFolders()) {
    const require = createRequire(join(folder, "package.json"));
    try {
      require.resolve(name);
    } catch {
      continue;
    }
    return require(name);
  }
  return undefined;
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

interface Defined {
  getModuleDefinitions(): readonly InstrumentationModuleDefinition[];
}

function hasDefinitions(instrumentation: object): instrumentation is Defined {
  return "getModuleDefinitions" in instrumentation;
}
