// What the processors did between two readings.
import { CPU_MODES, type CpuMode, type CpuReading, type CpuTimes, timesOfCore } from "./cpu.ts";

/**
 * What share of the time between two readings went to each mode, from 0 to 1, of each processor and of all together.
 * Empty where no time went by, and of a processor that was off at the first one.
 */
export function cpuShares(earlier: CpuReading, later: CpuReading): CpuReading {
  return {
    overall: sharesOfModes(earlier.overall, later.overall),
    cores: later.cores.map(({ logicalNumber, times }, i) => ({
      logicalNumber,
      times: sharesOfModes(timesOfCore(earlier, i, logicalNumber) ?? times, times),
    })),
  };
}

function sharesOfModes(earlier: CpuTimes, later: CpuTimes): CpuTimes {
  const spent: [mode: CpuMode, seconds: number][] = [];
  let total = 0;
  for (const mode of CPU_MODES) {
    const seconds = later[mode];
    if (seconds === undefined) continue;
    // Linux lets idle and iowait fall back by a tick now and then.
    const since = Math.max(0, seconds - (earlier[mode] ?? 0));
    spent.push([mode, since]);
    total += since;
  }
  const shares: Partial<Record<CpuMode, number>> = {};
  if (total > 0) for (const [mode, seconds] of spent) shares[mode] = seconds / total;
  return shares;
}
