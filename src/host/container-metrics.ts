import { type ObservedInstruments, type Observe, observeKnown } from "./instruments.ts";
import { readCgroup } from "./readings/cgroup.ts";

/** `container.*`: limits and use of this process's control group. */
export function containerMetrics(instruments: ObservedInstruments): Observe {
  const time = instruments.counter("container.cpu.time", "s", "Time of CPUs that the control group used.");
  const cpus = instruments.gauge("container.cpu.limit", "{cpu}", "CPUs that the control group may use.");
  const periods = instruments.counter(
    "container.cpu.periods",
    "{period}",
    "Periods in which the control group had something to run.",
  );
  const throttled = instruments.counter(
    "container.cpu.throttled.periods",
    "{period}",
    "Of those, the ones in which it had used up its time.",
  );
  const throttledTime = instruments.counter(
    "container.cpu.throttled.time",
    "s",
    "Time for which the control group's threads were kept waiting, added up.",
  );
  const memory = instruments.upDownCounter(
    "container.memory.usage",
    "By",
    "Memory of the control group, page cache included.",
  );
  const memoryLimit = instruments.upDownCounter(
    "container.memory.limit",
    "By",
    "Memory that the control group may use.",
  );

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
