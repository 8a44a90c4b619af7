// Times that never go back by a little.
import { CPU_MODES, type CpuMode, type CpuReading, type CpuTimes, timesOfCore } from "./cpu.ts";

// What falls further begins anew: a processor that was switched off and on again.
const MAX_FALL_SECONDS = 3;

/**
 * `later`, in which no time is a little less than in `earlier`: Linux lets idle and iowait fall back by some ticks now
 * and then, which would be taken for a counter that began anew, with all the time since the start as its increase.
 */
export function steadyCpu(earlier: CpuReading | undefined, later: CpuReading): CpuReading {
  if (earlier === undefined) return later;
  return {
    overall: steadyTimes(earlier.overall, later.overall),
    cores: later.cores.map(({ logicalNumber, times }, i) => ({
      logicalNumber,
      times: steadyTimes(timesOfCore(earlier, i, logicalNumber) ?? times, times),
    })),
  };
}

function steadyTimes(earlier: CpuTimes, later: CpuTimes): CpuTimes {
  const steady: Partial<Record<CpuMode, number>> = {};
  for (const mode of CPU_MODES) {
    const [before = 0, now] = [earlier[mode], later[mode]];
    if (now !== undefined) steady[mode] = now < before && before - now < MAX_FALL_SECONDS ? before : now;
  }
  return steady;
}
