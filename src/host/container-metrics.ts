import { type ObservedInstruments, type Observe, observeKnown } from "./instruments.ts";
import { readCgroup } from "./readings/cgroup.ts";

/** Metrics of `container.*`: limits and use of this process's control group. */
export function containerMetrics({ counter, gauge, upDownCounter }: ObservedInstruments): Observe {
  const time = counter("container.cpu.time", "s", "Time of CPUs that the control group used.");
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
  const memoryLimit = upDownCounter("container.memory.limit", "By", "Memory that the control group may use.");

  return async (result) => {
    const cgroup = await readCgroup();
    if (cgroup === undefined) return;
    observeKnown(result, time, cgroup.userSeconds, { "cpu.mode": "user" });
    observeKnown(result, time, cgroup.systemSeconds, { "cpu.mode": "system" });
    observeKnown(result, cpus, cgroup.cpuLimit);
    observeKnown(result, periods, cgroup.periods);
    observeKnown(result, throttled, cgroup.throttledPeriods);
    observeKnown(result, throttledTime, cgroup.throttledSeconds);
    observeKnown(result, memory, cgroup.memoryBytes);
    observeKnown(result, memoryLimit, cgroup.memoryLimitBytes);
  };
}
