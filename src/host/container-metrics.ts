import { type ObservedInstruments, type Observe, observeKnown } from "./instruments.ts";
import { Change } from "./readings/change.ts";
import { type CgroupReading, readCgroup } from "./readings/cgroup.ts";

const FAULT_TYPE = "system.paging.fault.type";
const DIRECTION = "disk.io.direction";

/** Metrics of `container.*`: limits and use of this process's control group. */
export function containerMetrics({ counter, gauge, upDownCounter }: ObservedInstruments): Observe {
  const time = counter("container.cpu.time", "s", "Time of CPUs that the control group used.");
  const cpuUsage = gauge("container.cpu.usage", "{cpu}", "CPUs that the control group used, on average.");
  const cpus = gauge("container.cpu.limit", "{cpu}", "CPUs that the control group may use.");
  const periods = counter(
    "container.cpu.periods",
    "{period}",
    "Periods in which the control group had something to run.",
  );
  const throttled = counter(
    "container.cpu.throttled.periods",
    "{period}",
    "Periods in which the control group had used up its time.",
  );
  const throttledTime = counter(
    "container.cpu.throttled.time",
    "s",
    "Time for which the control group's threads were kept waiting, added up.",
  );
  const memory = upDownCounter(
    "container.memory.usage",
    "By",
    "Memory of the control group, page cache included.",
  );
  const workingSet = upDownCounter(
    "container.memory.working_set",
    "By",
    "Memory of the control group without the files that were not used lately.",
  );
  const anonymous = upDownCounter(
    "container.memory.rss",
    "By",
    "Memory of the control group that belongs to no file.",
  );
  const available = upDownCounter(
    "container.memory.available",
    "By",
    "Memory that the control group may use beyond its working set.",
  );
  const faults = counter("container.paging.faults", "{fault}", "Page faults of the control group.");
  const io = counter("container.disk.io", "By", "Bytes that disks read and wrote for the control group.");
  const memoryLimit = upDownCounter("container.memory.limit", "By", "Memory that the control group may use.");

  const upSeconds = gauge("container.uptime", "s", "Time since the container started.");

  const [read, written] = [new Rising(), new Rising()];
  const usages = new Change<CgroupReading, number | undefined>(usedBetween);
  // Read now, so that the first collection has a value.
  void readCgroup().then((cgroup) => cgroup && usages.upTo(cgroup));

  return async (result) => {
    const cgroup = await readCgroup();
    if (cgroup === undefined) return;
    observeKnown(result, cpuUsage, usages.upTo(cgroup));
    observeKnown(result, time, cgroup.userSeconds, { "cpu.mode": "user" });
    observeKnown(result, time, cgroup.systemSeconds, { "cpu.mode": "system" });
    observeKnown(result, cpus, cgroup.cpuLimit);
    observeKnown(result, periods, cgroup.periods);
    observeKnown(result, throttled, cgroup.throttledPeriods);
    observeKnown(result, throttledTime, cgroup.throttledSeconds);
    observeKnown(result, memory, cgroup.memoryBytes);
    observeKnown(result, memoryLimit, cgroup.memoryLimitBytes);
    const { workingSetBytes, memoryLimitBytes, pageFaults, majorPageFaults } = cgroup;
    observeKnown(result, workingSet, workingSetBytes);
    observeKnown(result, anonymous, cgroup.anonymousBytes);
    if (workingSetBytes !== undefined && memoryLimitBytes !== undefined)
      result.observe(available, Math.max(0, memoryLimitBytes - workingSetBytes));
    if (pageFaults !== undefined && majorPageFaults !== undefined) {
      result.observe(faults, Math.max(0, pageFaults - majorPageFaults), { [FAULT_TYPE]: "minor" });
      result.observe(faults, majorPageFaults, { [FAULT_TYPE]: "major" });
    }
    observeKnown(result, io, read.upTo(cgroup.readBytes), { [DIRECTION]: "read" });
    observeKnown(result, io, written.upTo(cgroup.writtenBytes), { [DIRECTION]: "write" });
    observeKnown(result, upSeconds, cgroup.uptimeSeconds);
  };
}

/** A sum over devices that does not fall when a device is removed, which would be taken for a restart. */
class Rising {
  #last = 0;
  #removed = 0;

  upTo(sum: number | undefined): number | undefined {
    if (sum === undefined) return undefined;
    this.#removed += Math.max(0, this.#last - sum);
    this.#last = sum;
    return sum + this.#removed;
  }
}

function usedBetween(earlier: CgroupReading, later: CgroupReading, seconds: number): number | undefined {
  const { userSeconds, systemSeconds } = later;
  if (userSeconds === undefined || systemSeconds === undefined) return undefined;
  const before = (earlier.userSeconds ?? userSeconds) + (earlier.systemSeconds ?? systemSeconds);
  return Math.max(0, userSeconds + systemSeconds - before) / seconds;
}
