import type { BatchObservableResult } from "@opentelemetry/api";
import type { ObservedInstruments, Observe } from "./instruments.ts";
import { readMemory, readPaging, type SwapReading } from "./readings/memory.ts";

const STATE = "system.memory.state";
const PAGING_STATE = "system.paging.state";
const FAULT_TYPE = "system.paging.fault.type";
const DIRECTION = "system.paging.direction";

/** Metrics of `system.memory.*`, and of the swap in `system.paging.*`. */
export function memoryMetrics(instruments: ObservedInstruments): Observe {
  const { gauge, upDownCounter } = instruments;
  const usage = upDownCounter("system.memory.usage", "By", "Memory by what it is used for.");
  const utilization = gauge("system.memory.utilization", "1", "The same as shares of all memory.");
  const limit = upDownCounter("system.memory.limit", "By", "Memory of the machine.");
  const available = upDownCounter(
    "system.memory.linux.available",
    "By",
    "Memory that programs can have without swapping.",
  );
  const observeSwap = swapObserver(instruments);

  return async (result) => {
    const memory = await readMemory();
    const { totalBytes, availableBytes, freeBytes, buffersBytes, cachedBytes } = memory;
    const states = {
      used: totalBytes - availableBytes,
      free: freeBytes,
      buffers: buffersBytes,
      cached: cachedBytes,
    };
    for (const [state, bytes] of Object.entries(states)) {
      if (bytes === undefined) continue;
      result.observe(usage, bytes, { [STATE]: state });
      result.observe(utilization, bytes / totalBytes, { [STATE]: state });
    }
    result.observe(limit, totalBytes);
    result.observe(available, availableBytes);
    observeSwap(result, memory);
  };
}

/** Metrics of the swap in `system.paging.*`. */
export function swapMetrics(
  instruments: ObservedInstruments,
  read: () => Promise<SwapReading | undefined>,
): Observe {
  const observeSwap = swapObserver(instruments);
  return async (result) => observeSwap(result, (await read()) ?? {});
}

function swapObserver({
  gauge,
  upDownCounter,
}: ObservedInstruments): (result: BatchObservableResult, reading: SwapReading) => void {
  const swap = upDownCounter("system.paging.usage", "By", "Swap, used and free.");
  const share = gauge("system.paging.utilization", "1", "The same as shares of all swap.");

  return (result, { swapTotalBytes, swapFreeBytes }) => {
    if (swapTotalBytes === undefined || swapFreeBytes === undefined) return;
    for (const [state, bytes] of [
      ["used", swapTotalBytes - swapFreeBytes],
      ["free", swapFreeBytes],
    ] as const) {
      result.observe(swap, bytes, { [PAGING_STATE]: state });
      if (swapTotalBytes > 0) result.observe(share, bytes / swapTotalBytes, { [PAGING_STATE]: state });
    }
  };
}

/** Metrics `system.paging.faults` and `system.paging.operations`. */
export function pagingMetrics({ counter }: ObservedInstruments): Observe {
  const faults = counter("system.paging.faults", "{fault}", "Page faults of the whole machine.");
  const operations = counter(
    "system.paging.operations",
    "{operation}",
    "Pages that were read from swap and written to it.",
  );

  return async (result) => {
    const paging = await readPaging();
    if (paging === undefined) return;
    result.observe(faults, paging.minorFaults, { [FAULT_TYPE]: "minor" });
    result.observe(faults, paging.majorFaults, { [FAULT_TYPE]: "major" });
    result.observe(operations, paging.swappedIn, { [DIRECTION]: "in" });
    result.observe(operations, paging.swappedOut, { [DIRECTION]: "out" });
  };
}
