import { processEvents } from "../../io/process-events.ts";
import { diag, type MeterProvider, metrics } from "@opentelemetry/api";
import { text } from "../../options/check.ts";
import { parsed } from "../../options/parser.ts";
import { VERSION } from "../../version.ts";
import { ObservedInstruments } from "../instruments.ts";
import { namesIn } from "./card-files.ts";
import { drmCards } from "./drm.ts";
import { findProgram } from "./find-program.ts";
import { gpuInstruments } from "./gpu-instruments.ts";
import { Nvidia, type NvidiaTimes } from "./nvidia.ts";

/** Options of `GpuMetrics`. */
export interface GpuMetricsOptions {
  /** Provider of the instruments. @defaultValue the global one */
  readonly meterProvider?: MeterProvider;
  /**
   * Path or name of NVIDIA's program `nvidia-smi`. A name is looked up in the absolute folders of `PATH`.
   *
   * @defaultValue "nvidia-smi"
   */
  readonly command?: string;
}

/** Program and folders to read, and the intervals of reading. */
export interface GpuSources extends NvidiaTimes {
  readonly command: string;
  readonly drmFolder: string;
  readonly driverFolder: string;
}

const SOURCES: GpuSources = {
  command: "nvidia-smi",
  drmFolder: "/sys/class/drm",
  driverFolder: "/proc/driver/nvidia",
  queryMillis: 5_000,
  logMillis: 15_000,
};

/**
 * Observes the GPUs of the machine: `hw.gpu.*`, `hw.temperature`, `hw.power`, `hw.errors`, `hw.status`. NVIDIA's are read
 * by two `nvidia-smi` that run until `stop()`; a collection starts no process. Those of AMD and Intel are read from
 * `/sys/class/drm`, on Linux. `docs/gpu.md` lists the metrics.
 *
 * `start({ host: { gpu: true } })` does this too.
 *
 * @example
 * const gpus = new GpuMetrics();
 * gpus.start();
 * // at the end:
 * gpus.stop();
 */
export class GpuMetrics {
  readonly #meterProvider: MeterProvider | undefined;
  readonly #command: string | undefined;
  #stop: (() => void) | undefined;

  /** @throws OptionsError if `command` is not a text. */
  constructor(options: GpuMetricsOptions = {}) {
    this.#meterProvider = options.meterProvider;
    const { command } = parsed("GpuMetrics", (parser) => parser.known("options", options, { command: text }));
    this.#command = command;
  }

  /** Looks for GPUs, and begins. Without a GPU it does nothing. */
  start(): void {
    const command = this.#command ?? SOURCES.command;
    this.#stop ??= observeGpus(this.#meterProvider ?? metrics.getMeterProvider(), { ...SOURCES, command });
  }

  /** Ends the programs and the metrics. */
  stop(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}

/** Observes the GPUs that `sources` have. Returns a function that stops this. */
export function observeGpus(meterProvider: MeterProvider, sources: GpuSources): () => void {
  const isLinux = process.platform === "linux";
  const command = findProgram(sources.command);
  const cards = isLinux ? drmCards(sources.drmFolder) : [];
  const lacksProgram = isLinux && command === undefined && namesIn(`${sources.driverFolder}/gpus`).length > 0;
  if (lacksProgram)
    diag.warn(
      `GPU metrics: "${sources.command}" was not found, so NVIDIA's GPUs have no metrics; install it`,
    );
  if (command === undefined && cards.length === 0) {
    if (!lacksProgram)
      diag.debug(`GPU metrics: there is no GPU: neither "${sources.command}" nor a driver of AMD or Intel`);
    return () => {};
  }
  const nvidia = command === undefined ? undefined : new Nvidia(command, sources);
  const instruments = new ObservedInstruments(meterProvider.getMeter("tachymeter.gpu", VERSION));
  const observe = gpuInstruments(instruments);
  const forget = instruments.observe(async (result) => {
    const readings = await Promise.all(cards.map((card) => card.read()));
    const ofCards = readings.filter((reading) => reading !== undefined);
    observe(result, [...(nvidia?.readings() ?? []), ...ofCards]);
  });
  const stop = (): void => nvidia?.stop();
  nvidia?.start();
  processEvents.on("exit", stop);
  return () => {
    processEvents.off("exit", stop);
    stop();
    forget();
  };
}
