// Wraps an application's own kernel runtime, so that its calls record themselves.
import { types } from "node:util";
import { nameFromGiven } from "./given-name.ts";

type Method = (...args: never[]) => unknown;

/**
 * Any object with some of these methods, synchronous or not, each with the kernel's id as its first argument. A
 * `receive` that yields `undefined` or `null` had no message. A call whose first argument is neither
 * text nor a number is not recorded.
 */
export interface KernelRuntime {
  readonly launch?: Method;
  readonly activate?: Method;
  readonly deactivate?: Method;
  readonly send?: Method;
  readonly receive?: Method;
  readonly terminate?: Method;
}

/** What the wrapped methods report. None of these may throw. */
export interface KernelCalls {
  /** `method` was called for kernel `id` and gave `result`, in the end. */
  succeeded(method: keyof KernelRuntime, id: string, result: unknown): void;
  /** A method was called for kernel `id` and threw, or its promise rejected. */
  failed(id: string, error: unknown): void;
}

/** Thrown by `Kernels.instrument` where there is nothing that it could wrap. */
export class KernelRuntimeError extends TypeError {
  override readonly name = "KernelRuntimeError";
  readonly code = "TACHYMETER_KERNEL_RUNTIME";
}

const METHODS = ["launch", "activate", "deactivate", "send", "receive", "terminate"] as const;

/**
 * Wraps what `runtime` has of the six methods, and returns the removal. A wrapped method has the same name and length,
 * and gives and throws the same; a promise of its settles one microtask later, as another promise with the same value
 * or reason, so that a rejection which nobody handles is still reported as one.
 */
export function wrapRuntime(runtime: KernelRuntime, calls: KernelCalls): () => void {
  const restores = isObject(runtime) ? METHODS.map((method) => wrapMethod(runtime, method, calls)) : [];
  if (restores.some((restore) => restore !== undefined))
    return () => restores.forEach((restore) => restore?.());
  throw new KernelRuntimeError(
    `kernel runtime "${nameOf(runtime)}": none of ${METHODS.join(", ")} is a method of it that can be replaced; pass an object with some of them`,
  );
}

function wrapMethod(
  runtime: KernelRuntime,
  method: keyof KernelRuntime,
  calls: KernelCalls,
): (() => void) | undefined {
  const original: unknown = runtime[method];
  if (typeof original !== "function") return undefined;
  const before = Reflect.getOwnPropertyDescriptor(runtime, method);
  let isRemoved = false;
  // A proxy keeps the name, the length and every other property of the function.
  const wrapper = new Proxy(original, {
    apply(target, self, args: readonly unknown[]): unknown {
      const id = nameFromGiven(args[0]);
      if (isRemoved || id === undefined) return Reflect.apply(target, self, args);
      return callRecorded(() => Reflect.apply(target, self, args), method, id, calls);
    },
  });
  const isReplaced = Reflect.defineProperty(runtime, method, {
    value: wrapper,
    writable: true,
    configurable: true,
    enumerable: before?.enumerable ?? false,
  });
  if (!isReplaced) return undefined;
  return () => {
    isRemoved = true;
    // Where somebody wrapped the method after us, theirs stays and calls ours, which now only passes on.
    if (runtime[method] !== wrapper) return;
    if (before === undefined) Reflect.deleteProperty(runtime, method);
    else Reflect.defineProperty(runtime, method, before);
  };
}

function callRecorded(
  call: () => unknown,
  method: keyof KernelRuntime,
  id: string,
  calls: KernelCalls,
): unknown {
  let result: unknown;
  try {
    result = call();
  } catch (error) {
    calls.failed(id, error);
    throw error;
  }
  if (!types.isPromise(result)) {
    calls.succeeded(method, id, result);
    return result;
  }
  return result.then(
    (value) => {
      calls.succeeded(method, id, value);
      return value;
    },
    (error: unknown) => {
      calls.failed(id, error);
      throw error;
    },
  );
}

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

function nameOf(runtime: unknown): string {
  if (!isObject(runtime)) return typeof runtime === "string" ? runtime : String(runtime);
  return runtime.constructor?.name || "object";
}
