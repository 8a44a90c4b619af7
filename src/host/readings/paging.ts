// What the machine's memory pages went through since it started.
import { fileText, numberAfter } from "./file-text.ts";

/** Pages of the whole machine. */
export interface PagingReading {
  /** Page faults for which nothing had to be read from a disk. */
  readonly minorFaults: number;
  /** Page faults that waited for a disk. */
  readonly majorFaults: number;
  /** Pages that were read from swap. */
  readonly swappedIn: number;
  /** Pages that were written to swap. */
  readonly swappedOut: number;
}

/** The machine's paging; `undefined` where the system does not tell: outside of Linux. */
export async function readPaging(): Promise<PagingReading | undefined> {
  const text = process.platform === "linux" ? await fileText("/proc/vmstat") : undefined;
  return text === undefined ? undefined : pagingFromVmstat(text);
}

/** Reads `/proc/vmstat`; `undefined` where it does not tell of page faults. */
export function pagingFromVmstat(text: string): PagingReading | undefined {
  const [faults, majorFaults] = [numberAfter("pgfault ", text), numberAfter("pgmajfault ", text)];
  if (faults === undefined || majorFaults === undefined) return undefined;
  return {
    minorFaults: Math.max(0, faults - majorFaults),
    majorFaults,
    swappedIn: numberAfter("pswpin ", text) ?? 0,
    swappedOut: numberAfter("pswpout ", text) ?? 0,
  };
}
