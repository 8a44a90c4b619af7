import { Worker } from "node:worker_threads";
import { Kernels } from "../../src/facades/kernels/index.ts";
import { wrapMethod } from "../../src/recording/replace-method.ts";
import { LiveValues } from "../shared/live-values.ts";
import { outliving } from "../shared/outliving.ts";
import type { Recording } from "../shared/recording.ts";
import type { WorkerThreadsConfig } from "./index.ts";
import { WorkerScripts } from "./worker-script.ts";

const CHANNEL = "worker_threads";
// Scripts of running workers, which Node.js keeps alive. Their exits are not seen after the end of a recording.
const workersOf = outliving(() => new LiveValues<Worker, string>());

/** Failure of a worker that called `process.exit` with a code other than 0. */
class WorkerExitError extends Error {
  override readonly name = "WorkerExitError";
}

/**
 * Records every worker thread created while this is enabled as a kernel, named by the base name of its script and a
 * slot: `resize.js#0`. The slot is the lowest free number, so that the number of names never exceeds the maximum
 * number of simultaneous workers.
 */
// On disable, the methods of running workers are restored, and their kernels count as terminated. Enabled again, they are
// kernels again.
export function begin(recording: Recording<WorkerThreadsConfig>): undefined {
  const kernels = recording.config.kernels ?? new Kernels({ meterProvider: recording.meterProvider });
  const scripts = new WorkerScripts();
  const takenByScript = new Map<string, Set<number>>();
  const workers = workersOf(recording);
  const watch = (worker: Worker, script: string): void => {
    const taken = takenByScript.get(script) ?? new Set<number>();
    takenByScript.set(script, taken);
    let slot = 0;
    while (taken.has(slot)) slot++;
    taken.add(slot);
    const end = recording.onEnd(
      watchWorker(worker, `${script}#${slot}`, kernels, () => {
        if (!isAlive(worker)) workers.delete(worker);
        taken.delete(slot);
        if (taken.size === 0 && takenByScript.get(script) === taken) takenByScript.delete(script);
        end();
      }),
    );
    workers.set(worker, script);
  };
  for (const [worker, script] of workers) {
    if (isAlive(worker)) watch(worker, script);
    else workers.delete(worker);
  }
  recording.onEnd(scripts.listen());
  recording.subscribe(CHANNEL, ({ worker }) => {
    // Node.js also publishes the thread of loader hooks, which is not part of the application.
    if (worker instanceof Worker && !("receiveMessageSync" in worker)) watch(worker, scripts.current);
  });
}

function isAlive({ threadId }: Worker): boolean {
  return threadId !== -1;
}

/**
 * Records `worker` as kernel `kernelId`, from its launch to its exit, and then calls `onEnd`. Returns a function that
 * stops the observation early.
 *
 * `emit` of the worker is replaced, and no listener is added: a listener for `message` would change the effect of
 * `ref()`, `unref()` and `listenerCount()`.
 */
function watchWorker(worker: Worker, kernelId: string, kernels: Kernels, onEnd: () => void): () => void {
  const messages = kernels.messagesOf(kernelId);
  let hasFailed = false;
  let isStopped = false;
  let hasEnded = false;

  function record(event: unknown, value: unknown): void {
    if (event === "message") messages.send();
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
        messages.receive();
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
  const end = (): void => {
    if (hasEnded) return;
    hasEnded = true;
    for (const remove of removals) remove();
    kernels.terminate(kernelId);
    onEnd();
  };
  kernels.launch(kernelId);
  // A new worker has been neither idle nor active until it is online.
  const { idle, active } = worker.performance.eventLoopUtilization();
  if (idle + active > 0) kernels.activate(kernelId);
  kernels.watchResources(kernelId, worker);
  return end;
}
