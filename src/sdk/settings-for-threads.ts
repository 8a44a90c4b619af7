import type { Configuration, InstrumentationSettings } from "../options/index.ts";
import { applicationFolders } from "./application-folders.ts";
import { instrumentationsOfThread, librariesOf } from "./instrumentations.ts";
import type { ThreadSettings } from "./thread-settings.ts";

// Options nested deeper are not sent.
const MAX_DEPTH = 8;

/**
 * The settings that the main thread leaves for worker threads.
 *
 * @param hooked the packages for which a thread can hook its loader at low cost
 */
export function settingsForThreads(
  { logLevel, kernels, runtime, facades, instrumentations, otelInstrumentations }: Configuration,
  hooked: readonly string[],
): ThreadSettings {
  const ofThread = instrumentationsOfThread(instrumentations);
  return {
    logLevel,
    kernels,
    commands: instrumentations.child_process !== undefined,
    runtime,
    facades,
    folders: applicationFolders(),
    otelInstrumentations,
    ...portable(ofThread),
    ...librariesOf(ofThread),
    hooked,
    // It patches functions of `node:http`, and so misses the request whose message would start it.
    requests: otelInstrumentations.includes("http"),
  };
}

// The options without functions and instances of classes, which cannot be sent, and the names of these.
function portable(
  settings: InstrumentationSettings,
): Pick<ThreadSettings, "instrumentations" | "lostOptions"> {
  const lostOptions: string[] = [];
  const instrumentations = Object.entries(settings).map(([name, options]) => {
    const sent = Object.entries(options).flatMap(([option, value]) => {
      const found = portableCopy(value);
      if (found === undefined) lostOptions.push(`instrumentations.${name}.${option}`);
      return found === undefined ? [] : [[option, found.copy]];
    });
    return [name, Object.fromEntries(sent)];
  });
  return { instrumentations: Object.fromEntries(instrumentations), lostOptions };
}

// Copied now, since every later `new Worker()` would throw the error of a value that cannot be copied.
function portableCopy(value: unknown): { readonly copy: unknown } | undefined {
  try {
    return isPlain(value, MAX_DEPTH) ? { copy: structuredClone(value) } : undefined;
  } catch {
    return undefined;
  }
}

function isPlain(value: unknown, depth: number): boolean {
  if (typeof value === "function" || typeof value === "symbol" || depth === 0) return false;
  if (typeof value !== "object" || value === null || value instanceof RegExp) return true;
  const isOfNoClass = Array.isArray(value) || [Object.prototype, null].includes(Object.getPrototypeOf(value));
  return isOfNoClass && Object.values(value).every((each) => isPlain(each, depth - 1));
}
