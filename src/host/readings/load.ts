// How many threads run or want to.
import { loadavg } from "node:os";

/** The load averages over so many minutes. On Linux they count threads that wait for a disk too. */
export interface LoadReading {
  readonly minutes1: number;
  readonly minutes5: number;
  readonly minutes15: number;
}

/** The load averages; `undefined` on Windows, which has none. */
export function readLoad(): LoadReading | undefined {
  if (process.platform === "win32") return undefined;
  const [minutes1 = 0, minutes5 = 0, minutes15 = 0] = loadavg();
  return { minutes1, minutes5, minutes15 };
}
