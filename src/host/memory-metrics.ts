import type { BatchObservableResult } from "@opentelemetry/api";
import { type ObservedInstruments, type Observe, observeKnown } from "./instruments.ts";
import { type MemoryReading, readMemory, readPaging, type SwapReading } from "./readings/memory.ts";

const STATE = "system.memory.state";
const SLAB_STATE = "system.memory.linux.slab.state";
const HUGE_PAGES_STATE = "system.memory.linux.hugepages.state";
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
  const shared = upDownCounter(
    "system.memory.linux.shared",
    "By",
    "Memory that processes share, and files in memory.",
  );
  const slabUsage = upDownCounter(
    "system.memory.linux.slab.usage",
    "By",
    "The kernel's caches of its own objects.",
  );
  const observeHugePages = hugePagesObserver(instruments);
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
    observeKnown(result, shared, memory.sharedBytes);
    observeKnown(result, slabUsage, memory.slab?.reclaimableBytes, { [SLAB_STATE]: "reclaimable" });
    observeKnown(result, slabUsage, memory.slab?.unreclaimableBytes, { [SLAB_STATE]: "unreclaimable" });
    observeHugePages(result, memory);
    observeSwap(result, memory);
  };
}

function hugePagesObserver({
  gauge,
  upDownCounter,
}: ObservedInstruments): (result: BatchObservableResult, reading: MemoryReading) => void {
  const limit = upDownCounter("system.memory.linux.hugepages.limit", "{page}", "Huge pages of the machine.");
  const usage = upDownCounter("system.memory.linux.hugepages.usage", "{page}", "Huge pages, used and free.");
  const share = gauge(
    "system.memory.linux.hugepages.utilization",
    "1",
    "The same as shares of all huge pages.",
  );
  const reserved = upDownCounter(
    "system.memory.linux.hugepages.reserved",
    "{page}",
    "Free huge pages that are promised to processes.",
  );
  const surplus = upDownCounter(
    "system.memory.linux.hugepages.surplus",
    "{page}",
    "Huge pages above the configured number.",
  );
  const pageSize = upDownCounter("system.memory.linux.hugepages.page_size", "By", "Size of a huge page.");

  return (result, { hugePages }) => {
    if (hugePages === undefined) return;
    const { total, free } = hugePages;
    result.observe(limit, total);
    for (const [state, pages] of Object.entries({ used: total - free, free })) {
      result.observe(usage, pages, { [HUGE_PAGES_STATE]: state });
      result.observe(share, pages / total, { [HUGE_PAGES_STATE]: state });
    }
    result.observe(reserved, hugePages.reserved);
    result.observe(surplus, hugePages.surplus);
    result.observe(pageSize, hugePages.pageBytes);
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
