// One worker thread as a kernel.
import type { Worker } from "node:worker_threads";
import type { Kernels } from "../../src/facades/index.ts";
import { wrapMethod } from "../shared/index.ts";

/** Why a worker ended that was not asked to, and had no error either: it called `process.exit` with a code. */
class WorkerExitError extends Error {
  override readonly name = "WorkerExitError";
}

/**
 * Records what happens to `worker` as kernel `kernelId`, from its launch to its exit, and calls `onEnd` then. Returns
 * what ends the watch sooner.
 *
 * The worker's own `emit` is replaced, and no listener added: a listener for `message` would change what `ref()`,
 * `unref()` and `listenerCount()` do.
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
