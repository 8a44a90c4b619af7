import { uptime } from "node:os";
import type { BatchObservableResult, Observable } from "@opentelemetry/api";
import { type ObservedInstruments, type Observe, observeKnown } from "./instruments.ts";
import { Change } from "./readings/change.ts";
import {
  CPU_MODES,
  type CpuReading,
  cpuShares,
  MAX_CORES,
  type CpuTimes,
  readCpu,
  readFrequencies,
  readLoad,
  readPhysicalCores,
  readProcessCount,
  readProcessLimit,
  steadyCpu,
} from "./readings/cpu.ts";

/** Metrics of `system.cpu.*`, `system.process.*`, and of the machine's load, start and clock. */
export function cpuMetrics({ counter, gauge, upDownCounter }: ObservedInstruments): Observe {
  const time = counter("system.cpu.time", "s", "Time each logical CPU spent in each mode.");
  const utilization = gauge(
    "system.cpu.utilization",
    "1",
    "Share of the time that each logical CPU, and all together, spent in each mode.",
  );
  const count = upDownCounter("system.cpu.logical.count", "{cpu}", "Logical CPUs that are on.");
  const physicalCount = upDownCounter("system.cpu.physical.count", "{cpu}", "Physical cores.");
  const frequency = gauge("system.cpu.frequency", "Hz", "Frequency of each logical CPU.");
  const processes = upDownCounter(
    "system.process.count",
    "{process}",
    "Processes of the machine, or of the container.",
  );
  const created = counter(
    "system.process.created",
    "{process}",
    "Processes and threads that were created since the machine started.",
  );
  const processLimit = upDownCounter(
    "system.process.limit",
    "{process}",
    "Processes and threads that the machine can have at the same time.",
  );
  const upSeconds = gauge("system.uptime", "s", "Time since the machine started.");
  const bootSeconds = gauge(
    "system.boot.time",
    "s",
    "Time of the machine's start since the epoch, by its current clock: it moves when the clock is set.",
  );
  const clockChange = counter(
    "system.clock.change",
    "s",
    "Time by which the clock was set, forward and back, added up. Changes below a second are left out.",
  );
  const clock = new ClockChanges();
  const loadAverages = [1, 5, 15].map((minutes) =>
    gauge(
      `system.linux.cpu.load_${minutes}m`,
      "{thread}",
      `Threads that ran, or waited for a CPU or a disk, on average over ${minutes} min.`,
    ),
  );
  const shares = new Change<CpuReading, CpuReading>(cpuShares);
  let last: CpuReading | undefined;
  const read = async (): Promise<CpuReading | undefined> => {
    const cpu = await readCpu();
    if (cpu !== undefined) last = steadyCpu(last, cpu);
    return last;
  };
  // Read now, so that the first collection has a value.
  void read().then((cpu) => cpu && shares.upTo(cpu));

  return async (result) => {
    const cpu = await read();
    if (cpu !== undefined) {
      if (cpu.cores.length > MAX_CORES) observeModes(result, time, cpu.overall);
      else observeCores(result, time, cpu);
      result.observe(count, cpu.cores.length);
      observeKnown(result, created, cpu.createdProcesses);
      const share = shares.upTo(cpu);
      if (share !== undefined) {
        observeModes(result, utilization, share.overall);
        if (share.cores.length <= MAX_CORES) observeCores(result, utilization, share);
      }
      if (cpu.cores.length <= MAX_CORES) {
        const frequencies = await readFrequencies();
        for (const { logicalNumber } of cpu.cores)
          observeKnown(result, frequency, frequencies.get(logicalNumber), {
            "cpu.logical_number": logicalNumber,
          });
      }
    }
    observeKnown(result, physicalCount, await readPhysicalCores());
    observeKnown(result, processes, await readProcessCount());
    observeKnown(result, processLimit, await readProcessLimit());
    result.observe(upSeconds, uptime());
    result.observe(bootSeconds, bootTimeSeconds());
    result.observe(clockChange, clock.upToNow());
    const load = readLoad();
    loadAverages.forEach((average, i) => observeKnown(result, average, load?.[i]));
  };
}

function observeCores(result: BatchObservableResult, instrument: Observable, { cores }: CpuReading): void {
  for (const { logicalNumber, times } of cores) observeModes(result, instrument, times, logicalNumber);
}

function observeModes(
  result: BatchObservableResult,
  instrument: Observable,
  figures: CpuTimes,
  logicalNumber?: number,
): void {
  const core = logicalNumber === undefined ? {} : { "cpu.logical_number": logicalNumber };
  for (const mode of CPU_MODES) {
    observeKnown(result, instrument, figures[mode], { "cpu.mode": mode, ...core });
  }
}

// A clock that is slewed changes by less between two collections.
const LEAST_CHANGE_SECONDS = 1;

/** Sum of the clock's changes. */
class ClockChanges {
  #lastSeconds = bootTimeSeconds();
  #sumSeconds = 0;

  upToNow(): number {
    const now = bootTimeSeconds();
    const change = Math.abs(now - this.#lastSeconds);
    if (change >= LEAST_CHANGE_SECONDS) this.#sumSeconds += change;
    this.#lastSeconds = now;
    return this.#sumSeconds;
  }
}

// The uptime goes on while the machine is suspended, as its clock does. Those of `performance` and `process.hrtime` stand still.
function bootTimeSeconds(): number {
  return Date.now() / 1_000 - uptime();
}
