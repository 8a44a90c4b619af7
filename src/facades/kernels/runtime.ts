import { types } from "node:util";
import { nameFromGiven } from "../../recording/given-name.ts";
import { replaceMethod } from "../../recording/replace-method.ts";

type Method = (...args: never[]) => unknown;

/**
 * An application's kernel runtime: any object with some of these methods, synchronous or not, whose first argument is
 * the kernel's id. A `receive` that yields `undefined` or `null` had no message. Calls with another first argument than
 * text or a number are not recorded.
 */
export interface KernelRuntime {
  readonly launch?: Method;
  readonly activate?: Method;
  readonly deactivate?: Method;
  readonly send?: Method;
  readonly receive?: Method;
  readonly terminate?: Method;
}

/** Receives the calls of wrapped methods. Must not throw. */
export interface KernelCalls {
  /** `method` was called for kernel `id`; `result` is settled. */
  succeeded(method: keyof KernelRuntime, id: string, result: unknown): void;
  /** A method was called for kernel `id` and threw or rejected. */
  failed(id: string, error: unknown): void;
}

/** Thrown by `Kernels.instrument` for an object without methods to wrap. */
export class KernelRuntimeError extends TypeError {
  override readonly name = "KernelRuntimeError";
  readonly code = "TACHYMETER_KERNEL_RUNTIME";
}

const METHODS = ["launch", "activate", "deactivate", "send", "receive", "terminate"] as const;

/**
 * Wraps the methods of `runtime`, and returns the removal. A wrapped method has the same name, length, results and
 * errors; a promise is followed by another one, so that unhandled rejections are still reported.
 */
export function wrapRuntime(runtime: KernelRuntime, calls: KernelCalls): () => void {
  const removals = isObject(runtime) ? METHODS.map((method) => recordMethod(runtime, method, calls)) : [];
  if (removals.every((remove) => remove === undefined)) {
    throw new KernelRuntimeError(
      `kernel runtime "${nameOf(runtime)}": none of ${METHODS.join(", ")} is a method of it that can be replaced; pass an object with some of them`,
    );
  }
  return () => removals.forEach((remove) => remove?.());
}

/** Adds those of `methods` that `runtime` lacks, if it can be extended; returns the removal. */
export function addMethods(
  runtime: KernelRuntime,
  methods: Readonly<Record<string, (id: string) => unknown>>,
): () => void {
  const added = Object.entries(methods).filter(
    ([name, value]) =>
      !(name in runtime) &&
      Reflect.defineProperty(runtime, name, { value, configurable: true, writable: true, enumerable: false }),
  );
  return () => {
    for (const [name, value] of added) {
      if (Reflect.get(runtime, name) === value) Reflect.deleteProperty(runtime, name);
    }
  };
}

function recordMethod(
  runtime: KernelRuntime,
  method: keyof KernelRuntime,
  calls: KernelCalls,
): (() => void) | undefined {
  return replaceMethod(runtime, method, (call, args) => {
    const id = nameFromGiven(args[0]);
    if (id === undefined) return call();
    const succeeded = <Result>(result: Result): Result => {
      calls.succeeded(method, id, result);
      return result;
    };
    const failed = (error: unknown): never => {
      calls.failed(id, error);
      throw error;
    };
    let result: unknown;
    try {
      result = call();
    } catch (error) {
      return failed(error);
    }
    return types.isPromise(result) ? result.then(succeeded, failed) : succeeded(result);
  });
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function nameOf(runtime: unknown): string {
  if (!isObject(runtime)) return typeof runtime === "string" ? runtime : String(runtime);
  return runtime.constructor?.name || "object";
}
