/** Checks that the names in the documents exist. */
import type { WhatThereIs } from "./what-there-is.ts";

/**
 * The part of a code that does not exist; `undefined` if all of it exists. A code may be a path into the available
 * objects, such as `await commands.getStats()`, or the name of a class or a type. It may also be a metric, such as
 * `commands_executed_total{outcome="success"}`, or an environment variable.
 */
export function missing(code: string, there: WhatThereIs): string | undefined {
  const name = nameIn(code);
  if (isVariable(name)) return there.sources.includes(`"${name}"`) ? undefined : `variable ${name}`;
  if (/^[a-z0-9]+(_[A-Za-z0-9]+)+$/.test(name)) {
    // On other systems than Linux there are fewer host metrics.
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

// A type exists only in the sources.
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

/** Whether a name is that of an environment variable. */
export function isVariable(name: string): boolean {
  return /^[A-Z][A-Z0-9]*_[A-Z0-9_]+$/.test(name);
}

/** The name in a code: `commands.getStats` for `await commands.getStats()`. */
export function nameIn(code: string): string {
  return /^(?:await |new )?([\w.]+)/.exec(code)?.[1] ?? code;
}
