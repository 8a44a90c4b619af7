// Metrics of the machine and the process.
import type { MeterProvider } from "@opentelemetry/api";
import { type HostParts, observeHost } from "../host/machine.ts";
import type { GpuMetrics } from "../host/gpu/index.ts";
import type { Configuration } from "../options/index.ts";
import { part } from "#on-demand";

export class RunningHost {
  readonly #configuration: Pick<Configuration, "host" | "gpu">;
  #gpus: GpuMetrics | undefined;
  #hasMachine = false;

  constructor(configuration: Pick<Configuration, "host" | "gpu">) {
    this.#configuration = configuration;
  }

  /** Observes `parts`, if they are on. Returns a function that stops all but the metrics of GPUs. */
  begin(meterProvider: MeterProvider, parts: HostParts): () => void {
    this.#hasMachine ||= parts !== "process";
    if (!this.#configuration.host) return () => {};
    if (parts !== "process") this.#beginGpus(meterProvider);
    return observeHost(meterProvider, parts);
  }

  /** Observes the machine from now on, as the process that exports, with GPUs again after {@link endGpus}. */
  takeOver(meterProvider: MeterProvider): void {
    if (this.#hasMachine) this.#beginGpus(meterProvider);
    else this.begin(meterProvider, "machine");
  }

  #beginGpus(meterProvider: MeterProvider): void {
    const { host, gpu } = this.#configuration;
    if (!host || !gpu) return;
    this.#gpus ??= new (part("gpu").GpuMetrics)({ meterProvider });
    this.#gpus.start();
  }

  /** Stops the metrics of GPUs, and the programs that read them. */
  endGpus(): void {
    this.#gpus?.stop();
  }
}
