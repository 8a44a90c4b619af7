// Reasons for which no profiles are taken, and other users of V8's profiler.
import { constants } from "node:os";
import { isOtherRuntime } from "../io/runtime.ts";
import { replaceMethod } from "../recording/replace-method.ts";

// Not `--inspect-port` and others that turn nothing on.
const FLAGS = /^--(?:inspect(?:-brk|-wait)?(?:=.*)?|cpu-prof|prof)$/;

/** The reason for which no profiles can be taken in this process; `undefined` if they can. */
export function refusal(): string | undefined {
  if (isOtherRuntime) return "the runtime is not Node.js";
  if (!process.features.inspector) return "this build of Node.js has no inspector";
  if (!isPermitted()) return "the permission model forbids the inspector";
  const flags = [...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/)];
  const flag = flags.find((each) => FLAGS.test(each));
  return flag === undefined ? debuggerNow() : `the process runs with ${flag.split("=", 1).join()}`;
}

/** The reason that may appear while the process runs. */
export function debuggerNow(): string | undefined {
  return process.getBuiltinModule("node:inspector").url() === undefined
    ? undefined
    : "a debugger may attach to the process";
}

// Node.js 20 and 22 know no scope for the inspector, and refuse it under the permission model.
function isPermitted(): boolean {
  const permission: unknown = Reflect.get(process, "permission");
  if (permission === undefined) return true;
  try {
    return process.permission.has("inspector") && process.permission.has("worker");
  } catch {
    return false;
  }
}

/**
 * Calls `call` before the process sends itself a signal that may end it, as libraries do after their clean-up: there is no
 * event `exit`. Node.js disconnects the inspector then, also if the signal is harmless. Returns a function that ends this.
 */
export function onOwnSignal(call: () => void): () => void {
  const restore = replaceMethod(process, "kill", (original, [pid, signal = "SIGTERM"]) => {
    const isOwn = [0, -1, process.pid, -process.pid].includes(Number(pid));
    const name = Object.entries(constants.signals).find(([, each]) => each === signal)?.[0] ?? String(signal);
    if (isOwn && signal !== 0 && process.listenerCount(name) === 0) call();
    return original();
  });
  return restore ?? (() => {});
}

/**
 * Calls `call` before a session of the application uses V8's profiler, or with `true` before it samples allocations.
 * Returns a function that ends this.
 */
export function onForeignProfiler(call: (isOfHeap: boolean) => void): () => void {
  const { Session } = process.getBuiltinModule("node:inspector");
  // Has a method of its own, made from the other one when it is loaded.
  const promises = process.getBuiltinModule("node:inspector/promises");
  const removals = [Session, promises.Session].map(({ prototype }) =>
    replaceMethod(prototype, "post", (original, [method]) => {
      if (typeof method === "string" && method.startsWith("Profiler.")) call(false);
      if (method === "HeapProfiler.startSampling") call(true);
      return original();
    }),
  );
  return () => {
    for (const remove of removals) remove?.();
  };
}
