// File system calls that a test records, or makes fail.
import * as promises from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { FileCalls } from "../../../src/io/outbox/file-calls.ts";

/** Operations on files. */
export type FileAction = "open" | "write" | "datasync" | "sync folder" | "rename" | "mkdir";

/** Called before each action; throws to make it fail, or waits. */
export type BeforeAction = (action: FileAction, path: string) => void | Promise<void>;

/** Node's calls, with `before` called before each of the actions, and `after` once it has succeeded. */
export function layered(before: BeforeAction, after: BeforeAction = () => {}): FileCalls {
  const around = async <T>(action: FileAction, path: string, call: () => Promise<T>): Promise<T> => {
    await before(action, path);
    const result = await call();
    await after(action, path);
    return result;
  };
  const open: FileCalls["open"] = async (path, flags, mode) => {
    const handle = await around("open", path, () => promises.open(path, flags, mode));
    return new Proxy(handle, { get: (target, key) => property(target, key, path, around) });
  };
  return {
    ...promises,
    open,
    rename: (from, to) => around("rename", String(to), () => promises.rename(from, to)),
    mkdir: new Proxy(promises.mkdir, {
      apply: (target, self, [path, options]) =>
        around("mkdir", String(path), () => Reflect.apply(target, self, [path, options])),
    }),
  };
}

type Around = <T>(action: FileAction, path: string, call: () => Promise<T>) => Promise<T>;

const ACTIONS: ReadonlyMap<string | symbol, FileAction> = new Map([
  ["writev", "write"],
  ["write", "write"],
  ["datasync", "datasync"],
  ["sync", "sync folder"],
]);

function property(handle: FileHandle, key: string | symbol, path: string, around: Around): unknown {
  const value: unknown = Reflect.get(handle, key, handle);
  if (typeof value !== "function") return value;
  const action = ACTIONS.get(key);
  return (...args: unknown[]): unknown => {
    const call = (): unknown => Reflect.apply(value, handle, args);
    return action === undefined ? call() : around(action, path, async () => call());
  };
}

/** Calls, the first of which on a segment waits until the test releases it. */
export interface StuckCalls {
  readonly calls: FileCalls;
  /** Resolves when the call is waiting. */
  readonly isStuck: Promise<void>;
  readonly go: () => void;
}

/** Makes the first `action` on a segment wait. */
export function stuckAt(action: FileAction): StuckCalls {
  let go = (): void => {};
  let tell = (): void => {};
  const released = new Promise<void>((resolve) => (go = resolve));
  const isStuck = new Promise<void>((resolve) => (tell = resolve));
  const calls = layered((which, path) => {
    if (which !== action || !path.endsWith(".segment")) return undefined;
    tell();
    return released;
  });
  return { calls, isStuck, go };
}

/** An error as the system reports it. */
export function systemError(code: string): Error {
  return Object.assign(new Error(`${code}: as the test wants it`), { code });
}
