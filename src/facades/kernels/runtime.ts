import { types } from "node:util";
import { nameFromGiven } from "../../recording/given-name.ts";
import { replaceMethod } from "../../recording/replace-method.ts";

type Method = (...args: never[]) => unknown;

/**
 * Kernel runtime of an application: any object with some of these methods, synchronous or not. Their first argument is
 * the id of the kernel; calls in which it is neither a string nor a number are not recorded. If `receive` yields
 * `undefined` or `null`, there was no message.
 */
export interface KernelRuntime {
  /** Starts a kernel. If it returns a worker thread or child process, its resources are recorded. */
  readonly launch?: Method;
  /** Makes a kernel accept messages. */
  readonly activate?: Method;
  /** Makes a kernel accept no more messages. */
  readonly deactivate?: Method;
  /** Sends a message to a kernel. */
  readonly send?: Method;
  /** Returns a message from a kernel. */
  readonly receive?: Method;
  /** Ends a kernel. */
  readonly terminate?: Method;
}

/** Listener of calls of wrapped methods. Must not throw. */
export interface KernelCalls {
  /** Called if `method` succeeded for kernel `id`; `result` is settled. */
  succeeded(method: keyof KernelRuntime, id: string, result: unknown): void;
  /** Called if a method threw or rejected for kernel `id`. */
  failed(id: string, error: unknown): void;
}

/** Thrown by `Kernels.instrument` if the object has no methods that can be wrapped. */
export class KernelRuntimeError extends TypeError {
  /** Always `KernelRuntimeError`. */
  override readonly name = "KernelRuntimeError";
  /** Always `TACHYMETER_KERNEL_RUNTIME`. */
  readonly code = "TACHYMETER_KERNEL_RUNTIME";
}

const METHODS = ["launch", "activate", "deactivate", "send", "receive", "terminate"] as const;

/**
 * Wraps the methods of `runtime`. Returns a function that restores the originals. A wrapped method has the same name,
 * length, results and errors. Instead of a promise it returns another one with the same outcome, so that unhandled
 * rejections are still reported.
 */
export function wrapRuntime(runtime: KernelRuntime, calls: KernelCalls): () => void {
  const removals = isObject(runtime) ? METHODS.map((method) => recordMethod(runtime, method, calls)) : [];
  if (removals.every((remove) => remove === undefined)) {
    throw new KernelRuntimeError(
      `kernel runtime "${nameOf(runtime)}": one of ${METHODS.join(", ")} must be a method that can be replaced; pass an object with some of them`,
    );
  }
  return () => removals.forEach((remove) => remove?.());
}

/** Adds those of `methods` that `runtime` lacks, if it can be extended. Returns a function that removes them. */
export function addMethods(
  runtime: KernelRuntime,
  methods: Readonly<Record<string, (id: string) => unknown>>,
): () => void {
  const added = Object.entries(methods).filter(
    ([name, value]) =>
      isObject(runtime) &&
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
