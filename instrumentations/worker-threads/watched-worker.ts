// One worker thread as a kernel.
import type { Worker } from "node:worker_threads";
import type { Kernels } from "../../src/facades/index.ts";
import { wrapMethod } from "../shared/index.ts";

/** A worker called `process.exit` with a code. */
class WorkerExitError extends Error {
  override readonly name = "WorkerExitError";
}

/**
 * Records `worker` as kernel `kernelId`, from its launch to its exit, when it calls `onEnd`. Returns the function that
 * ends the watch sooner.
 *
 * The worker's own `emit` is replaced, and no listener added: one for `message` would change what `ref()`, `unref()` and
 * `listenerCount()` do.
 */
export function watchWorker(
  worker: Worker,
  kernelId: string,
  kernels: Kernels,
  onEnd: () => void,
): () => void {
  let hasFailed = false;
  let isStopped = false;

  function record(event: unknown, value: unknown): void {
    if (event === "message") kernels.recordSend(kernelId);
    else if (event === "online") kernels.activate(kernelId);
    else if (event === "messageerror") kernels.recordError(kernelId, value);
    else if (event === "error") {
      hasFailed = true;
      kernels.recordError(kernelId, value);
    } else if (event === "exit") {
      if (value !== 0 && !hasFailed && !isStopped) kernels.recordError(kernelId, new WorkerExitError());
      end();
    }
  }

  const removals = [
    wrapMethod(worker, "emit", (emit) => {
      return function (...args) {
        record(args[0], args[1]);
        return Reflect.apply(emit, this, args);
      };
    }),
    wrapMethod(worker, "postMessage", (postMessage) => {
      return function (...args) {
        const result = Reflect.apply(postMessage, this, args);
        kernels.recordReceive(kernelId);
        return result;
      };
    }),
    wrapMethod(worker, "terminate", (terminate) => {
      return function (...args) {
        isStopped = true;
        return Reflect.apply(terminate, this, args);
      };
    }),
  ];

  let hasEnded = false;
  const end = (): void => {
    if (hasEnded) return;
    hasEnded = true;
    for (const remove of removals) remove();
    kernels.terminate(kernelId);
    onEnd();
  };

  kernels.launch(kernelId);
  kernels.watchResources(kernelId, worker);
  return end;
}

/** A name that is taken until it is freed. */
export interface KernelSlot {
  readonly kernelId: string;
  free(): void;
}

/** Hands out `script#0`, `script#1`, … : the lowest number that no running worker of that script has. */
export class KernelSlots {
  readonly #taken = new Map<string, Set<number>>();

  take(script: string): KernelSlot {
    const taken = this.#taken.get(script) ?? new Set<number>();
    this.#taken.set(script, taken);
    let slot = 0;
    while (taken.has(slot)) slot++;
    taken.add(slot);
    return {
      kernelId: `${script}#${slot}`,
      free: () => {
        taken.delete(slot);
        if (taken.size === 0 && this.#taken.get(script) === taken) this.#taken.delete(script);
      },
    };
  }
}
