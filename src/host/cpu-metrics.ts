// What the processors do.
import { uptime } from "node:os";
import type { Attributes, BatchObservableResult, Observable } from "@opentelemetry/api";
import type { HostInstruments, Observe } from "./instruments.ts";
import { Change } from "./readings/change.ts";
import { CPU_MODES, type CpuMode, type CpuReading, type CpuTimes, readCpu } from "./readings/cpu.ts";
import { cpuShares } from "./readings/cpu-shares.ts";
import { readLoad } from "./readings/load.ts";
import { steadyCpu } from "./readings/steady-cpu.ts";

// With more processors than this, only their sums are observed.
const MAX_CORES = 128;

/** `system.cpu.*`, `system.linux.cpu.load_*`, `system.uptime`. */
export function cpuMetrics(instruments: HostInstruments): Observe {
  const time = instruments.counter("system.cpu.time", "s", "Time each logical CPU spent in each mode.");
  const utilization = instruments.gauge(
    "system.cpu.utilization",
    "1",
    "Share of the time that each logical CPU, and all together, spent in each mode.",
  );
  const count = instruments.upDownCounter("system.cpu.logical.count", "{cpu}", "Logical CPUs that are on.");
  const upSeconds = instruments.gauge("system.uptime", "s", "Time since the machine started.");
  const loadAverage = (minutes: number): Observable =>
    instruments.gauge(
      `system.linux.cpu.load_${minutes}m`,
      "{thread}",
      `Threads that ran, or waited for a CPU or a disk, on average over ${minutes} min.`,
    );
  const [load1, load5, load15] = [loadAverage(1), loadAverage(5), loadAverage(15)];
  const shares = new Change<CpuReading, CpuReading>(cpuShares);
  let last: CpuReading | undefined;
  const read = async (): Promise<CpuReading | undefined> => {
    const cpu = await readCpu();
    if (cpu !== undefined) last = steadyCpu(last, cpu);
    return last;
  };
  // So that the first collection tells what was used since now.
  void read().then((cpu) => cpu && shares.upTo(cpu));

  return async (result) => {
    const cpu = await read();
    if (cpu !== undefined) {
      if (cpu.cores.length > MAX_CORES) observeModes(result, time, cpu.overall);
      else observeCores(result, time, cpu);
      result.observe(count, cpu.cores.length);
      const share = shares.upTo(cpu);
      if (share !== undefined) {
        observeModes(result, utilization, share.overall);
        if (share.cores.length <= MAX_CORES) observeCores(result, utilization, share);
      }
    }
    result.observe(upSeconds, uptime());
    const load = readLoad();
    if (load === undefined) return;
    result.observe(load1, load.minutes1);
    result.observe(load5, load.minutes5);
    result.observe(load15, load.minutes15);
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
  for (const mode of CPU_MODES) {
    const figure = figures[mode];
    if (figure !== undefined) result.observe(instrument, figure, attributesOf(mode, logicalNumber));
  }
}

function attributesOf(mode: CpuMode, logicalNumber: number | undefined): Attributes {
  if (logicalNumber === undefined) return { "cpu.mode": mode };
  return { "cpu.mode": mode, "cpu.logical_number": logicalNumber };
}
