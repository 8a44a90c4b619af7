import { availableParallelism, totalmem } from "node:os";
import { type ObservedInstruments, type Observe, observeKnown } from "./instruments.ts";
import { Change } from "./readings/change.ts";
import { type ProcessReading, readProcess } from "./readings/process.ts";

interface CpuSeconds {
  readonly user: number;
  readonly system: number;
}

const READ = { "disk.io.direction": "read" };
const WRITE = { "disk.io.direction": "write" };

/** Metrics of `process.*`. */
export function processMetrics({ counter, gauge, upDownCounter }: ObservedInstruments): Observe {
  const time = counter("process.cpu.time", "s", "Time of CPUs that this process used.");
  const utilization = gauge(
    "process.cpu.utilization",
    "1",
    "The same as a share of the time of all CPUs that it may use.",
  );
  const memory = upDownCounter("process.memory.usage", "By", "Physical memory of this process.");
  const virtual = upDownCounter("process.memory.virtual", "By", "Virtual memory of this process.");
  const memoryShare = gauge(
    "process.memory.utilization",
    "1",
    "Physical memory of this process as a share of the machine's.",
  );
  const io = counter("process.disk.io", "By", "Bytes that storage read and wrote for this process.");
  const operations = counter(
    "process.disk.operations",
    "{operation}",
    "Calls of this process that read and wrote, also of sockets and pipes.",
  );
  const signals = upDownCounter(
    "process.signals_pending",
    "{signal}",
    "Blocked signals that wait for this process or its main thread.",
  );
  const threads = upDownCounter("process.thread.count", "{thread}", "Threads of this process.");
  const descriptors = upDownCounter(
    "process.unix.file_descriptor.count",
    "{file_descriptor}",
    "File descriptors that this process has open.",
  );
  const maxDescriptors = upDownCounter(
    "process.unix.file_descriptor.limit",
    "{file_descriptor}",
    "File descriptors that this process may have open.",
  );
  const switches = counter(
    "process.context_switches",
    "{context_switch}",
    "Context switches of this process's threads, voluntary or not.",
  );
  const faults = counter("process.paging.faults", "{fault}", "Page faults of this process.");
  const upSeconds = gauge("process.uptime", "s", "Time since this process started.");
  const shares = new Change<ProcessReading, CpuSeconds>(sharesBetween);
  // Read now, so that the first collection has a value.
  void readProcess().then((reading) => shares.upTo(reading));

  return async (result) => {
    const reading = await readProcess();
    result.observe(time, reading.userSeconds, { "cpu.mode": "user" });
    result.observe(time, reading.systemSeconds, { "cpu.mode": "system" });
    const share = shares.upTo(reading);
    if (share !== undefined) {
      result.observe(utilization, share.user, { "cpu.mode": "user" });
      result.observe(utilization, share.system, { "cpu.mode": "system" });
    }
    if (reading.residentBytes !== undefined) {
      result.observe(memory, reading.residentBytes);
      result.observe(memoryShare, reading.residentBytes / totalmem());
    }
    if (reading.io !== undefined) {
      const { readBytes, writtenBytes, readOperations, writeOperations } = reading.io;
      result.observe(io, readBytes, READ);
      result.observe(io, writtenBytes, WRITE);
      result.observe(operations, readOperations, READ);
      result.observe(operations, writeOperations, WRITE);
    }
    observeKnown(result, signals, reading.pendingSignals);
    observeKnown(result, virtual, reading.virtualBytes);
    observeKnown(result, threads, reading.threads);
    observeKnown(result, descriptors, reading.fileDescriptors);
    observeKnown(result, maxDescriptors, reading.fileDescriptorLimit);
    const type = "process.context_switch.type";
    result.observe(switches, reading.voluntaryContextSwitches, { [type]: "voluntary" });
    result.observe(switches, reading.involuntaryContextSwitches, { [type]: "involuntary" });
    result.observe(faults, reading.minorFaults, { "system.paging.fault.type": "minor" });
    result.observe(faults, reading.majorFaults, { "system.paging.fault.type": "major" });
    result.observe(upSeconds, reading.uptimeSeconds);
  };
}

function sharesBetween(earlier: ProcessReading, later: ProcessReading, seconds: number): CpuSeconds {
  const whole = seconds * availableParallelism();
  return {
    user: (later.userSeconds - earlier.userSeconds) / whole,
    system: (later.systemSeconds - earlier.systemSeconds) / whole,
  };
}
