// Worker threads as kernels: found by Node's diagnostics channel, without a change to the application.
import { Worker } from "node:worker_threads";
import { Kernels } from "../../src/facades/index.ts";
import { type Recording } from "../shared/index.ts";
import { KernelSlots, watchWorker } from "./watched-worker.ts";
import { WorkerScripts } from "./worker-script.ts";
import { type WorkerThreadsInstrumentationConfig } from "./index.ts";

const CHANNEL = "worker_threads";

/**
 * Records every worker thread that is created while this is enabled as a kernel, named by the base name of its script
 * and a slot: `resize.js#0`. The slot is the lowest one that is free, so that there are never more names than there
 * were workers at one time.
 */
// At the end running workers get their own methods back, and their kernels count as terminated.
export function begin(recording: Recording<WorkerThreadsInstrumentationConfig>): undefined {
  const kernels = recording.config.kernels ?? new Kernels({ meterProvider: recording.meterProvider });
  const scripts = new WorkerScripts();
  const slots = new KernelSlots();
  const watch = (worker: Worker): void => {
    const slot = slots.take(scripts.current);
    const end = recording.onEnd(
      watchWorker(worker, slot.kernelId, kernels, () => {
        slot.free();
        end();
      }),
    );
  };
  recording.onEnd(scripts.listen());
  recording.subscribe(CHANNEL, ({ worker }) => {
    if (worker instanceof Worker && !isOfLoader(worker)) watch(worker);
  });
}

// Node.js publishes the thread of loader hooks, too, which is not the application's.
function isOfLoader(worker: Worker): boolean {
  return "receiveMessageSync" in worker;
}
