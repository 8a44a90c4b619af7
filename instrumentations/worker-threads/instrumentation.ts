// Worker threads as kernels: found by Node's diagnostics channel, without a change to the application.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { Worker } from "node:worker_threads";
import { diag, type MeterProvider } from "@opentelemetry/api";
import { InstrumentationBase, type InstrumentationConfig } from "@opentelemetry/instrumentation";
import { Kernels } from "../../src/facades/index.ts";
import { VERSION } from "../../src/version.ts";
import { KernelSlots } from "./kernel-slots.ts";
import { watchWorker } from "./watched-worker.ts";
import { WorkerScripts } from "./worker-script.ts";

const CHANNEL = "worker_threads";

export interface WorkerThreadsInstrumentationConfig extends InstrumentationConfig {
  /** Where the workers are recorded; without it a facade of the instrumentation's own, on its meter provider. */
  kernels?: Kernels;
}

/**
 * Records every worker thread that is created while this is enabled as a kernel, named by the base name of its script
 * and a slot: `resize.js#0`. The slot is the lowest one that is free, so that there are never more names than there
 * were workers at one time.
 *
 * @example
 * new WorkerThreadsInstrumentation({ kernels });
 */
export class WorkerThreadsInstrumentation extends InstrumentationBase<WorkerThreadsInstrumentationConfig> {
  readonly #scripts = new WorkerScripts();
  readonly #slots = new KernelSlots();
  readonly #watches = new Set<() => void>();
  readonly #onWorker = (message: unknown): void => this.#watch(message);
  #meterProvider: MeterProvider | undefined;
  #ownKernels: Kernels | undefined;
  #stopListening: (() => void) | undefined;
  #hasFailed = false;

  constructor(config: WorkerThreadsInstrumentationConfig = {}) {
    // The base class would enable before the fields above are there.
    super("tachymeter.worker-threads", VERSION, { ...config, enabled: false });
    this.setConfig(config);
    if (config.enabled !== false) this.enable();
  }

  override enable(): void {
    if (this.isEnabled()) return;
    super.enable();
    this.#stopListening = this.#scripts.listen();
    subscribe(CHANNEL, this.#onWorker);
  }

  /** Ends at once: running workers get their own methods back, and their kernels count as terminated. */
  override disable(): void {
    if (!this.isEnabled()) return;
    super.disable();
    unsubscribe(CHANNEL, this.#onWorker);
    this.#stopListening?.();
    for (const end of this.#watches) end();
  }

  override setMeterProvider(meterProvider: MeterProvider): void {
    super.setMeterProvider(meterProvider);
    this.#meterProvider = meterProvider;
    this.#ownKernels = undefined;
  }

  protected override init(): void {}

  // Called within the constructor of a worker: what is thrown here would end the application.
  #watch(message: unknown): void {
    try {
      if (!isWorkerMessage(message)) return;
      const slot = this.#slots.take(this.#scripts.current);
      const end = watchWorker(message.worker, slot.kernelId, this.#kernels(), () => {
        this.#watches.delete(end);
        slot.free();
      });
      this.#watches.add(end);
    } catch (error) {
      if (!this.#hasFailed) diag.error("a worker thread could not be watched; this is logged once", error);
      this.#hasFailed = true;
    }
  }

  #kernels(): Kernels {
    return (
      this.getConfig().kernels ?? (this.#ownKernels ??= new Kernels({ meterProvider: this.#meterProvider }))
    );
  }
}

function isWorkerMessage(message: unknown): message is { readonly worker: Worker } {
  return (
    typeof message === "object" && message !== null && "worker" in message && message.worker instanceof Worker
  );
}
