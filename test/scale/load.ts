// Load of the backend over time, by its own counters.
import { setTimeout as delay } from "node:timers/promises";
import { INTERVAL } from "./settings.ts";
import type { ServerCounts, VictoriaMetrics } from "../servers/victoria-metrics.ts";

const READING_MILLIS = (INTERVAL * 1_000) / 120;

interface Reading extends ServerCounts {
  readonly atSeconds: number;
}

/** Load between two moments. */
export interface Load {
  readonly seconds: number;
  readonly samplesPerSecond: number;
  readonly cpuCores: number;
  readonly cpuSecondsPerMillionSamples: number;
  readonly bytesPerSample: number;
  readonly residentBytes: number;
  /** Samples a second in the busiest ten seconds. */
  readonly mostSamplesPerSecond: number;
}

/** Reads the counters 120 times an interval, except while the server is away. */
export class LoadMeter {
  readonly #server: VictoriaMetrics;
  readonly #reading: Promise<void>;
  #readings: Reading[] = [];
  #isOver = false;

  constructor(server: VictoriaMetrics) {
    this.#server = server;
    this.#reading = this.#read();
  }

  /** Begins a new period. */
  begin(): void {
    this.#readings = [];
  }

  /** Load since `begin()`; the server must have run since then. */
  get load(): Load {
    const [first, last] = [this.#readings[0], this.#readings.at(-1)];
    if (first === undefined || last === undefined) throw new Error("the backend gave no counters");
    const seconds = last.atSeconds - first.atSeconds;
    const samples = last.samples - first.samples;
    const cpuSeconds = last.cpuSeconds - first.cpuSeconds;
    return {
      seconds,
      samplesPerSecond: samples / seconds,
      cpuCores: cpuSeconds / seconds,
      cpuSecondsPerMillionSamples: (cpuSeconds / samples) * 1_000_000,
      bytesPerSample: (last.receivedBytes - first.receivedBytes) / samples,
      residentBytes: Math.max(...this.#readings.map(({ residentBytes }) => residentBytes)),
      mostSamplesPerSecond: this.#most(10),
    };
  }

  /** Moments of all requests since `begin()`, in seconds; those between two readings are evenly spread. */
  get arrivals(): number[] {
    return this.#readings.flatMap(({ atSeconds, requests }, index) => {
      const before = this.#readings[index - 1];
      if (before === undefined) return [];
      const [count, width] = [requests - before.requests, atSeconds - before.atSeconds];
      return Array.from({ length: count }, (_, each) => before.atSeconds + (width * (each + 0.5)) / count);
    });
  }

  async end(): Promise<void> {
    this.#isOver = true;
    await this.#reading;
  }

  #most(seconds: number): number {
    let most = 0;
    let first = 0;
    for (const reading of this.#readings) {
      while (reading.atSeconds - this.#readings[first]!.atSeconds > seconds) first++;
      const { atSeconds, samples } = this.#readings[first]!;
      const width = reading.atSeconds - atSeconds;
      if (width > seconds * 0.9) most = Math.max(most, (reading.samples - samples) / width);
    }
    return most;
  }

  async #read(): Promise<void> {
    while (!this.#isOver) {
      const readings = this.#readings;
      const counts = await this.#server.counts().catch(() => undefined);
      if (counts !== undefined) readings.push({ ...counts, atSeconds: performance.now() / 1_000 });
      await delay(READING_MILLIS);
    }
  }
}
