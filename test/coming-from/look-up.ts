/** Whether the names that the documents give are names of ours. */
import type { WhatThereIs } from "./what-there-is.ts";

/**
 * What of a code does not exist; `undefined` where all of it does. A code is a path into the objects there are,
 * `await commands.getStats()`, the name of a class or a type, a metric, `commands_executed_total{outcome="success"}`, or
 * an environment variable.
 */
export function missing(code: string, there: WhatThereIs): string | undefined {
  const name = nameIn(code);
  if (isVariable(name)) return there.sources.includes(`"${name}"`) ? undefined : `variable ${name}`;
  if (/^[a-z0-9]+(_[A-Za-z0-9]+)+$/.test(name)) {
    // Where the kernel is another one, there are fewer figures of the machine.
    const isThere = isRecorded(code, name, there.series) || isOfOtherSystem(name);
    return isThere ? undefined : `metric ${code}`;
  }
  return isExported(name, there.sources) || hasPath(there.objects, name) ? undefined : `name ${code}`;
}

function isRecorded(code: string, name: string, series: readonly string[]): boolean {
  const labels = /\{(.*)\}/.exec(code)?.[1]?.split(",") ?? [];
  return series.some((key) => key.split("{")[0] === name && labels.every((label) => key.includes(label)));
}

function isOfOtherSystem(name: string): boolean {
  return process.platform !== "linux" && /^(?:process|system)_/.test(name);
}

// A type is in the sources alone.
function isExported(name: string, sources: string): boolean {
  return /^[A-Z]\w+$/.test(name) && new RegExp(`^export (?!\\*).*\\b${name}\\b`, "m").test(sources);
}

function hasPath(root: object, path: string): boolean {
  let value: unknown = root;
  for (const key of path.split(".")) {
    if (!Reflect.has(Object(value), key)) return false;
    value = Reflect.get(Object(value), key);
  }
  return true;
}

/** Whether a name is an environment variable's. */
export function isVariable(name: string): boolean {
  return /^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/.test(name);
}

/** The name in a code: `commands.getStats` of `await commands.getStats()`. */
export function nameIn(code: string): string {
  return /^(?:await |new )?([\w.]+)/.exec(code)?.[1] ?? code;
}
