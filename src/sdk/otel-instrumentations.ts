// OpenTelemetry's own instrumentations of what we leave to them, where the application has them installed.
import { createRequire, syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { diag } from "@opentelemetry/api";
import type { Instrumentation, InstrumentationModuleDefinition } from "@opentelemetry/instrumentation";
import type { InstrumentationSettings, SwitchName } from "../options/index.ts";
import { replaceMethod } from "../recording/replace-method.ts";
import { part } from "#on-demand";
import { applicationFolders } from "./application-folders.ts";

interface Upstream {
  readonly name: SwitchName;
  readonly package: string;
  /** Its export. */
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
 * Those of OpenTelemetry's instrumentations of HTTP, undici, PostgreSQL and MongoDB that the application has installed
 * and that `settings` do not switch off. Where `given`, the caller's own, has one, or where the application makes one of
 * its own later, that one has it alone.
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
  if (!isClass(made)) throw new TypeError(`it exports no class "${upstream.class}"`);
  const instrumentation: unknown = new made(config);
  if (!isInstrumentation(instrumentation)) throw new TypeError(`"${upstream.class}" is no instrumentation`);
  showBuiltins(instrumentation);
  giveWay(instrumentation, made, upstream);
  diag.debug(
    `instrumentation ${upstream.name}: ${upstream.package} ${instrumentation.instrumentationVersion} is enabled`,
  );
  return instrumentation;
}

// An ES module's imports of them pass no hook of `require`. They are not required here: what is required once is hidden
// from an instrumentation that the application makes later.
function showBuiltins(instrumentation: Instrumentation): void {
  if (!hasDefinitions(instrumentation)) return;
  const builtins: Readonly<Record<string, object>> = { ...part("http-modules") };
  for (const definition of instrumentation.getModuleDefinitions()) {
    const builtin = builtins[definition.name];
    if (builtin === undefined) continue;
    definition.moduleExports = builtin;
    definition.patch?.(builtin);
  }
  // The names that ES modules import are copies.
  syncBuiltinESMExports();
}

// Two of one kind would measure everything twice, and make two spans of each.
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

// Where the application would find it.
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
