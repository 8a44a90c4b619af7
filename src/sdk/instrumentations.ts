// Tachymeter's own instrumentations, by their names in the configuration.
import { createNoopMeter, diag } from "@opentelemetry/api";
import type { Instrumentation } from "../options/instrumentation.ts";
import type { HttpInstrumentationConfig, RequestSource } from "../../instrumentations/http/index.ts";
import type {
  FacadeConfig,
  InstrumentationCode,
  ListedInstrumentation,
} from "../../instrumentations/index.ts";
import { isLoaded } from "../../instrumentations/shared/exports.ts";
import { LibraryInstrumentation } from "../../instrumentations/shared/library-instrumentation.ts";
import { optionProblems } from "../../instrumentations/shared/options.ts";
import { INSTRUMENTATIONS, moduleOf } from "#on-demand";
import type { InstrumentedList } from "../bundler/instrumented-files.ts";
import {
  type Configuration,
  type OptionsProblem,
  type InstrumentationSettings,
  OTEL_NAMES,
  type OtelName,
} from "../options/index.ts";
import type { Facades } from "./facades.ts";
import type { Options } from "./options.ts";
import { isOf, otelInstrumentations, otelPackage, otelProblems } from "./otel-instrumentations.ts";
import type { Recorders } from "./otel-meters.ts";
import type { LibrarySettings } from "./thread-settings.ts";

/** The facades to which our instrumentations record by default. Each is passed only those that it knows. */
export type InstrumentedFacades = Pick<
  Facades,
  "messaging" | "coordination" | "health" | "kernels" | "commands" | "genAi"
>;

// Kernel telemetry is opt-in: without it, these are not made at all.
const KERNEL_INSTRUMENTATIONS: ReadonlySet<string> = new Set([
  "worker_threads",
  "piscina",
  "tinypool",
  "workerpool",
  "poolifier",
]);

// A worker thread does not make these: the main thread measures its own threads and the workers of a cluster.
const OF_MAIN_THREAD: ReadonlySet<string> = new Set([...KERNEL_INSTRUMENTATIONS, "cluster"]);

/** A problem for each unknown or invalid option. Those of OpenTelemetry's instrumentations are not checked. */
export function instrumentationProblems(configuration: Configuration): readonly OptionsProblem[] {
  const { instrumentations: settings, otelInstrumentations: otel } = configuration;
  const ofOurs = Object.entries(INSTRUMENTATIONS).flatMap(([name, [{ options }]]) => {
    const given = settings[name] ?? {};
    const isShared = otel.some((other) => other === name);
    return optionProblems(options, isShared ? onlyKnown(options, given) : given, `instrumentations.${name}`);
  });
  return [...otelProblems(configuration), ...ofOurs];
}

// Hooks of `require()` refer to an instrumentation until the process ends, so the next start uses it again.
const made = new Map<string, LibraryInstrumentation<FacadeConfig>>();
const ended = new WeakSet<Instrumentation>();

/** Instrumentations, and the recorders among them of what OpenTelemetry's could record, too. */
export interface MadeInstrumentations extends Recorders {
  readonly all: readonly Instrumentation[];
}

/**
 * All instrumentations of a configuration: ours, those of OpenTelemetry that it names, and the caller's own.
 *
 * @param isForeign whether another SDK has registered the meter provider. The instrumentations of OpenTelemetry that are
 *   loaded record to it.
 */
export function makeInstrumentations(
  configuration: Configuration,
  options: Options,
  facades: InstrumentedFacades,
  isForeign: boolean,
): MadeInstrumentations {
  const { instrumentations: settings } = configuration;
  const { messaging, coordination, health, commands } = facades;
  const given = isList(options.instrumentations) ? options.instrumentations : [];
  const others = [...otelInstrumentations(configuration, given), ...given];
  const theirs = new Map<OtelName, string>();
  for (const name of OTEL_NAMES) {
    const other = others.find((each) => isOf(name, each));
    if (other === undefined && !(isForeign && isLoaded({ library: otelPackage(name) }))) continue;
    diag.debug(`instrumentation ${name}: ${otelPackage(name)} records in place of ours`);
    theirs.set(name, other?.instrumentationVersion ?? "");
  }
  const durations = sourcesOf(settings.http).filter(
    (source) => settings[source] !== undefined && !theirs.has(source),
  );
  const recorded = new Set<OtelName>(durations);
  for (const name of ["pg", "kafkajs", "mongodb"] as const)
    if (settings[name] !== undefined && !theirs.has(name)) recorded.add(name);
  const ours = Object.entries(INSTRUMENTATIONS).flatMap(([name, listed]) => {
    const own = settings[name];
    if (own === undefined) {
      diag.debug(`instrumentation ${name}: switched off`);
      return [];
    }
    if (KERNEL_INSTRUMENTATIONS.has(name) && !configuration.kernels) {
      diag.debug(`instrumentation ${name}: off without kernel telemetry; set TACHYMETER_KERNELS=true`);
      return [];
    }
    if (name === "pg" && theirs.has(name)) return [];
    // A facade has one limit for all its callers, so an instrumentation with another limit makes its own facade.
    const ofMessages = own["maxDestinations"] === undefined && { messaging };
    const [messages, pools] = [!theirs.has("kafkajs"), !theirs.has("mongodb")];
    // Without kernel telemetry, the facade is not even made.
    const ofKernels = configuration.kernels && { kernels: facades.kernels };
    const all = {
      messages,
      pools,
      ...ofMessages,
      coordination,
      health,
      ...ofKernels,
      commands,
      // Made at the first call of a model.
      genAi: () => facades.genAi,
      ...own,
      durations,
    };
    const known = onlyKnown(listed[0].options, all);
    // `registerInstrumentations` enables it once its meter provider is set.
    return [libraryInstrumentation(name, listed, { ...known, enabled: false })];
  });
  return { all: [...ours, ...others], theirs, ours: recorded };
}

function sourcesOf(config: HttpInstrumentationConfig = {}): readonly RequestSource[] {
  return config.durations ?? ["http", "undici"];
}

function libraryInstrumentation(
  name: string,
  listed: ListedInstrumentation,
  config: FacadeConfig,
): LibraryInstrumentation<FacadeConfig> {
  const earlier = made.get(name);
  if (earlier !== undefined && ended.delete(earlier)) {
    earlier.setConfig(config);
    return earlier;
  }
  const instrumentation = new LibraryInstrumentation(listed[0], config, beginOf(listed));
  made.set(name, instrumentation);
  return instrumentation;
}

// Not within the function above, so that it does not refer to the facades.
function beginOf([, code]: ListedInstrumentation): () => InstrumentationCode["begin"] {
  return () => moduleOf(code).begin;
}

/** Those settings that apply to a worker thread. */
export function instrumentationsOfThread(settings: InstrumentationSettings): InstrumentationSettings {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !OF_MAIN_THREAD.has(name)));
}

/** All instrumentations, without their code. */
export function instrumentedList(): InstrumentedList {
  return Object.values(INSTRUMENTATIONS).map(([each]) => each);
}

/** The packages and the diagnostics channels of the instrumentations that `settings` enable. */
export function librariesOf(
  settings: InstrumentationSettings,
): Pick<LibrarySettings, "libraries" | "channels"> {
  const instrumented = Object.keys(settings).flatMap((name) => INSTRUMENTATIONS[name]?.[0] ?? []);
  return {
    libraries: [...new Set(instrumented.flatMap(({ files }) => files.map(({ library }) => library)))],
    channels: instrumented.flatMap(({ channels }) => channels ?? []),
  };
}

function onlyKnown(options: object, given: object): object {
  return Object.fromEntries(Object.entries(given).filter(([name]) => Object.hasOwn(options, name)));
}

/** Whether an instrumentation has figures for the provider's last collection. */
export function isLast(instrumentation: Instrumentation): boolean {
  return instrumentation instanceof LibraryInstrumentation && instrumentation.endsLast;
}

/**
 * Disables an instrumentation at the shutdown, until the next start. Hooks of `require()` refer to it until the process
 * ends, so it refers to nothing else from now on.
 */
export function endInstrumentation(instrumentation: Instrumentation): void {
  instrumentation.disable();
  instrumentation.setMeterProvider({ getMeter: createNoopMeter });
  if (instrumentation instanceof LibraryInstrumentation) instrumentation.setConfig({ enabled: false });
  ended.add(instrumentation);
}

/** The packages that one of our instrumentations can see in ES modules only with a loader hook. */
export function unseenByRequire(instrumentation: Instrumentation): readonly string[] {
  return instrumentation instanceof LibraryInstrumentation ? instrumentation.unseenByRequire : [];
}

function isList(given: Options["instrumentations"]): given is readonly Instrumentation[] {
  return Array.isArray(given);
}
