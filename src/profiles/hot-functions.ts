// The functions that took the time of a profile.
import type { Profiler } from "node:inspector";

/** A function of a profile, by its position in the code that V8 runs. */
export interface RawFunction {
  readonly function: string;
  readonly url: string;
  /** Both from 0. */
  readonly line: number;
  readonly column: number;
}

/** A function with its part of the time. */
export interface HotRawFunction extends RawFunction {
  /** The called part of Node.js or V8 that took most of its time, if that is more than half of it. */
  readonly native: string | undefined;
  /** The nearest caller outside of `node_modules`, if the function is in it. */
  readonly caller: RawFunction | undefined;
  readonly share: number;
}

export interface HotOptions {
  /** The time in question, in microseconds. @defaultValue the whole profile */
  readonly fromMicros?: number;
  readonly toMicros?: number;
  readonly intervalMicros: number;
  /** Whether shares are parts of the time in which the thread was busy. @defaultValue false, of the time in question */
  readonly ofBusyTime?: boolean;
  readonly max: number;
  /** Whether a URL is that of a file of this package, which wraps functions of others. */
  readonly isOwn: (url: string) => boolean;
}

export const GARBAGE_COLLECTION = "garbage collection";
export const NATIVE_CODE = "native code";
const NOT_RUNNING = "not running";

// V8's names of nodes without a function.
const ROOT = "(root)";
const IDLE = "(idle)";
const COLLECTOR = "(garbage collector)";
const PROGRAM = "(program)";
// A sample that comes later than this many intervals shows that the process got no processor time.
const MAX_INTERVALS = 4;
// If idle time is left out, the time after a function counts for less.
export const MAX_BUSY_INTERVALS = 1.5;
// A smaller part without samples is normal.
const MIN_MISSING = 0.2;

/**
 * The functions that took the most time, the longest first. Time of Node.js' own code and of native code counts for the
 * function that called it. Garbage collection counts for the function that was active before. Idle time counts for none.
 */
export function hotFunctions(profile: Profiler.Profile, options: HotOptions): HotRawFunction[] {
  const { fromMicros = profile.startTime, toMicros = profile.endTime, intervalMicros, max } = options;
  const { ofBusyTime = false } = options;
  const maxMicros = (ofBusyTime ? MAX_BUSY_INTERVALS : MAX_INTERVALS) * intervalMicros;
  const stacks = new Stacks(profile.nodes, options.isOwn);
  const entries = new Map<string, Entry>();
  const { samples = [], timeDeltas = [] } = profile;
  let time = profile.startTime;
  let last: Owned | undefined;
  // Time of work that follows from other functions, before the first of these.
  let early = 0;
  let known = 0;
  let busy = 0;
  for (const [index, id] of samples.entries()) {
    time += timeDeltas[index] ?? 0;
    // V8 takes the first sample in the call that begins the profile. This package's own call ends right after it.
    if (index === 0 && stacks.isOwn(id)) continue;
    const next = time + (timeDeltas[index + 1] ?? profile.endTime - time);
    const micros = Math.min(next, toMicros, time + maxMicros) - Math.max(time, fromMicros);
    if (micros <= 0) continue;
    known += micros;
    const owned = stacks.ownedBy(id);
    if (owned === undefined) continue;
    busy += micros;
    if (!isConsequence(owned)) {
      add(entries, owned, micros);
      if (owned.isOfFile !== true) continue;
      if (last === undefined && early > 0) add(entries, { ...owned, native: GARBAGE_COLLECTION }, early);
      last = owned;
    } else if (last === undefined) early += micros;
    else add(entries, { ...last, native: owned.function.function }, micros);
  }
  if (last === undefined && early > 0) add(entries, withoutFile(GARBAGE_COLLECTION), early);
  const asked = Math.min(toMicros, profile.endTime) - Math.max(fromMicros, profile.startTime);
  if (!ofBusyTime && asked - known > MIN_MISSING * asked)
    add(entries, { function: { function: NOT_RUNNING, url: "", line: 0, column: 0 } }, asked - known);
  const total = Math.max(ofBusyTime ? busy : Math.max(asked, known), 1);
  return [...entries.values()]
    .toSorted((one, other) => other.micros - one.micros)
    .slice(0, max)
    .map((entry) => ({
      ...entry.function,
      native: mostOf(entry.natives, entry.micros / 2),
      caller: entry.callers.get(mostOf(entry.callerMicros, 0) ?? "") ?? undefined,
      share: entry.micros / total,
    }));
}

/** The function that a sample counts for. */
interface Owned {
  readonly function: RawFunction;
  readonly native?: string | undefined;
  readonly caller?: RawFunction | undefined;
  /** Whether it is a function of the application or of a package. */
  readonly isOfFile?: boolean;
}

// Garbage collection, and what Node.js does at each promise, have no caller. They follow from the function before.
function isConsequence({ function: { function: name, url } }: Owned): boolean {
  return (
    (url === "" && name === GARBAGE_COLLECTION) || (url.startsWith("node:") && /^promise\w*Hook$/.test(name))
  );
}

interface Entry extends Pick<Owned, "function"> {
  micros: number;
  readonly natives: Map<string, number>;
  readonly callers: Map<string, RawFunction>;
  readonly callerMicros: Map<string, number>;
}

function add(entries: Map<string, Entry>, owned: Owned, micros: number): void {
  const key = keyOf(owned.function);
  const entry = entries.get(key) ?? {
    function: owned.function,
    micros: 0,
    natives: new Map(),
    callers: new Map(),
    callerMicros: new Map(),
  };
  entries.set(key, entry);
  entry.micros += micros;
  if (owned.native !== undefined) count(entry.natives, owned.native, micros);
  if (owned.caller === undefined) return;
  const caller = keyOf(owned.caller);
  entry.callers.set(caller, owned.caller);
  count(entry.callerMicros, caller, micros);
}

export function keyOf({ function: name, url, line, column }: RawFunction): string {
  return `${line}:${column}:${name} ${url}`;
}

function count(counts: Map<string, number>, key: string, micros: number): void {
  counts.set(key, (counts.get(key) ?? 0) + micros);
}

function mostOf(counts: ReadonlyMap<string, number>, above: number): string | undefined {
  let most: string | undefined;
  let highest = above;
  for (const [name, micros] of counts) {
    if (micros <= highest) continue;
    most = name;
    highest = micros;
  }
  return most;
}

/** The nodes of a profile: a tree of calls. */
export class Stacks {
  readonly #nodes = new Map<number, Profiler.ProfileNode>();
  readonly #parents = new Map<number, number>();
  readonly #owned = new Map<number, Owned>();
  readonly #isOwn: (url: string) => boolean;

  constructor(nodes: readonly Profiler.ProfileNode[], isOwn: (url: string) => boolean) {
    this.#isOwn = isOwn;
    for (const node of nodes) {
      this.#nodes.set(node.id, node);
      for (const child of node.children ?? []) this.#parents.set(child, node.id);
    }
  }

  /** The function that a sample counts for; `undefined` if the thread was idle. */
  ownedBy(id: number): Owned | undefined {
    const name = this.#nodes.get(id)?.callFrame.functionName;
    if (name === IDLE || name === undefined) return undefined;
    // Its sample has no stack.
    if (name === COLLECTOR) return withoutFile(GARBAGE_COLLECTION);
    const known = this.#owned.get(id) ?? this.#find(id);
    this.#owned.set(id, known);
    return known;
  }

  /** Whether a sample counts for a function of this package. */
  isOwn(id: number): boolean {
    const owned = this.ownedBy(id);
    return owned !== undefined && this.#isOwn(owned.function.url);
  }

  /** All functions of files in the stack of a sample, the innermost first. */
  functionsOf(id: number): readonly RawFunction[] {
    const found: RawFunction[] = [];
    for (let node = this.#nodes.get(id); node !== undefined; node = this.#parent(node))
      if (isOfFile(node)) found.push(rawFunction(node));
    return found;
  }

  #find(id: number): Owned {
    let called: Profiler.ProfileNode | undefined;
    let own: Profiler.ProfileNode | undefined;
    for (let node = this.#nodes.get(id); node !== undefined; node = this.#parent(node)) {
      if (this.#isOwn(node.callFrame.url)) own ??= node;
      else if (isOfFile(node)) {
        const owner = rawFunction(node);
        const isOfPackage = owner.url.includes("node_modules");
        const native = called?.callFrame.functionName;
        return {
          function: owner,
          isOfFile: true,
          native: native === "" ? undefined : native,
          caller: isOfPackage ? this.#callerOf(node) : undefined,
        };
      } else if (node.callFrame.functionName !== ROOT) called = node;
    }
    if (own !== undefined) return { function: rawFunction(own), isOfFile: true };
    // Node.js at work without a function of the application, such as while it reads a file of modules.
    const name = called?.callFrame.functionName ?? "";
    if (called === undefined || name === PROGRAM || name === "") return withoutFile(NATIVE_CODE);
    return { function: rawFunction(called) };
  }

  #callerOf(node: Profiler.ProfileNode): RawFunction | undefined {
    for (let each = this.#parent(node); each !== undefined; each = this.#parent(each))
      if (isOfFile(each) && !each.callFrame.url.includes("node_modules")) return rawFunction(each);
    return undefined;
  }

  #parent({ id }: Profiler.ProfileNode): Profiler.ProfileNode | undefined {
    return this.#nodes.get(this.#parents.get(id) ?? -1);
  }
}

// Code of `eval` has no URL, but is a script.
export function isOfFile({ callFrame: { url, scriptId } }: Pick<Profiler.ProfileNode, "callFrame">): boolean {
  return url === "" ? scriptId !== "0" : !url.startsWith("node:");
}

export function rawFunction({ callFrame }: Pick<Profiler.ProfileNode, "callFrame">): RawFunction {
  const { functionName, url, lineNumber, columnNumber } = callFrame;
  return { function: functionName, url, line: lineNumber, column: columnNumber };
}

function withoutFile(name: string): Owned {
  return { function: { function: name, url: "", line: 0, column: 0 } };
}
