/**
 * Vitest's set-up of test files that share a process: a file must leave it as it was, for the next one.
 * Stubs, mocks and timers of vitest and the globals of OpenTelemetry's API are restored here. Anything else fails the
 * file.
 */
import { afterAll, beforeAll, vi } from "vitest";

// Listeners that change what the process does.
const EVENTS = [
  "SIGHUP",
  "SIGINT",
  "SIGTERM",
  "SIGUSR1",
  "SIGUSR2",
  "uncaughtException",
  "uncaughtExceptionMonitor",
  "unhandledRejection",
  "warning",
] as const;

// OpenTelemetry's API keeps its providers and its logger in one object.
const API = Symbol.for("opentelemetry.js.api.1");

/** The things that code can change in the process, by name. */
function stateOfProcess(): Map<string, unknown> {
  return new Map<string, unknown>([
    ["folder", process.cwd()],
    ...Object.entries(process.env).map(([name, value]) => [`variable ${name}`, value] as const),
    ...EVENTS.map((event) => [`listeners of ${event}`, process.listenerCount(event)] as const),
    ...Object.keys(globalThis).map((name) => [`global ${name}`, Reflect.get(globalThis, name)] as const),
  ]);
}

let before: ReadonlyMap<string, unknown>;
let apiBefore: object;

beforeAll(() => {
  before = stateOfProcess();
  apiBefore = { ...Reflect.get(globalThis, API) };
});

afterAll(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  Reflect.set(globalThis, API, Object.keys(apiBefore).length > 0 ? apiBefore : undefined);
  const after = stateOfProcess();
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    (name) => before.get(name) !== after.get(name),
  );
  if (changed.length > 0)
    throw new Error(`the file must leave the process as it was, but changed: ${changed.join(", ")}`);
});
