import { bytes, count, multiple, range, seconds, share } from "./kinds.ts";
import { fromFirstEvent, fromStart, type Monitor, monitor } from "./monitor.ts";
import { onceFull, percentileAbove } from "./ratios.ts";

const RETAINED = "v8js_memory_heap_retained_bytes";
const EXTERNAL = "v8js_memory_external_bytes";
const MIB = 2 ** 20;
// V8 adds its young generation to the limit: three semi-spaces of 16 MiB, unless --max-semi-space-size is set. The process
// aborts when the old generation is full: without the difference a limit of 256 MiB would be reached at 84 %.
const LIMIT = `(sum by (job, instance) (v8js_memory_heap_size_limit_bytes) - ${48 * MIB})`;

/** Monitors of the heap, of other memory and of garbage collection. */
export const MEMORY: readonly Monitor[] = [
  monitor("heapLeak", "warning", {
    needs: fromFirstEvent(RETAINED),
    fires:
      "the heap after major garbage collections grows by more than `growth` an hour. None of the last `window` was smaller than any of the `window` before",
    for: "5m",
    keepFiringFor: "15m",
    parameters: { growth: bytes(32 * MIB), window: range("5m"), collections: count(2) },
    // Lowest against highest, since single heaps say little. Both windows have the sample between them.
    expr: ({ growth, window, collections }) =>
      onceFull(
        `3600 * ${total(`deriv(${RETAINED}[${window}])`)} > ${growth}
  and ${total(`min_over_time(${RETAINED}[${window}])`)}
    >= ${total(`max_over_time(${RETAINED}[${window}] offset ${window})`)}
  and ${total(`changes(${RETAINED}[${window}])`)} >= ${collections}`,
        RETAINED,
        multiple(window, 2),
      ),
    summary: "The heap grows as with a leak",
    description:
      "The heap after garbage collection grows by {{ $value | humanize1024 }}B an hour. Annotation allocated_by names the functions whose objects are kept. Look for caches without a limit and listeners that are never removed.",
  }),
  monitor("heapNearLimit", "critical", {
    needs: fromFirstEvent(RETAINED),
    fires: "after a major garbage collection the heap fills more than `threshold` of its limit",
    for: "2m",
    parameters: { threshold: share(0.85) },
    expr: ({ threshold }) => `sum by (job, instance) (${RETAINED}) / ${LIMIT} > ${threshold}`,
    summary: "The heap is almost full",
    description:
      "{{ $value | humanizePercentage }} of the heap's limit survive garbage collection. Node.js aborts at the limit. Restart the process in time, and raise `--max-old-space-size` or find the leak.",
  }),
  monitor("heapFilling", "warning", {
    needs: fromFirstEvent(RETAINED),
    fires:
      "the heap after major garbage collections fills more than `threshold` of its limit. At the rate of the last `window`, it reaches the limit within `horizon`",
    for: "15m",
    parameters: { threshold: share(0.4), horizon: seconds(14_400), window: range("1h") },
    expr: ({ threshold, horizon, window }) => `(${LIMIT} - sum by (job, instance) (${RETAINED}))
  / (sum by (job, instance) (deriv(${RETAINED}[${window}])) > 0)
  < ${horizon}
  and sum by (job, instance) (${RETAINED}) / ${LIMIT} > ${threshold}`,
    summary: "The heap will be full soon",
    description:
      "At the present rate the heap reaches its limit in {{ $value | humanizeDuration }}, and Node.js aborts. Take a heap snapshot before that.",
  }),
  monitor("externalMemoryGrowing", "warning", {
    needs: fromStart(EXTERNAL),
    fires:
      "the lowest external memory of each of the last three `window` is above that before, by more than `growth` in total",
    keepFiringFor: "15m",
    parameters: { growth: bytes(128 * MIB), window: range("20m") },
    expr: ({ growth, window }) => {
      const floor = (offset: string): string =>
        `sum by (job, instance) (min_over_time(${EXTERNAL}[${window}]${offset}))`;
      const [latest, earlier, earliest] = ["", ` offset ${window}`, ` offset ${multiple(window, 2)}`].map(
        floor,
      );
      return `${latest} - ${earliest} > ${growth}
  and ${latest} > ${earlier}
  and ${earlier} > ${earliest}`;
    },
    summary: "Memory outside of the heap grows",
    description:
      "Buffers hold {{ $value | humanize1024 }}B more than at their lowest before, and do not shrink. Look for streams that are not read and buffers that are kept.",
  }),
  monitor("memoryNearLimit", "critical", {
    needs: fromStart("process_memory_usage_bytes"),
    fires: "resident memory is above `threshold` of the control group's limit",
    for: "5m",
    parameters: { threshold: share(0.9) },
    expr: ({ threshold }) => `sum by (job, instance) (process_memory_usage_bytes)
  / sum by (job, instance) (container_memory_limit_bytes)
  > ${threshold}`,
    summary: "The container's memory is almost used up",
    description:
      "The process uses {{ $value | humanizePercentage }} of the container's memory. The kernel kills it at the limit, without a log. Raise the limit, or lower `--max-old-space-size`.",
  }),
  monitor("machineMemoryLow", "warning", {
    needs: fromStart("system_memory_linux_available_bytes"),
    fires: "the available memory of the machine is below `threshold`",
    for: "5m",
    parameters: { threshold: share(0.05) },
    expr: ({ threshold }) => `max by (job, instance) (system_memory_linux_available_bytes)
  / max by (job, instance) (system_memory_limit_bytes)
  < ${threshold}`,
    summary: "The machine is short of memory",
    description:
      "Only {{ $value | humanizePercentage }} of the machine's memory are available. The kernel may kill any process. Look for the largest ones.",
  }),
  monitor("garbageCollectionBusy", "warning", {
    needs: fromFirstEvent("v8js_gc_duration_seconds_count"),
    fires: "garbage collection takes more than `threshold` of the time",
    for: "10m",
    parameters: { threshold: share(0.2), window: range("5m") },
    expr: ({ threshold, window }) =>
      `sum by (job, instance) (rate(v8js_gc_duration_seconds_sum[${window}])) > ${threshold}`,
    summary: "Garbage collection takes too much time",
    description:
      "{{ $value | humanizePercentage }} of the time are spent on garbage collection. The heap is too small, or too many objects are made. Compare with the heap's limit. Annotation allocated_by names the functions with the largest allocations.",
  }),
  monitor("garbageCollectionPauses", "warning", {
    needs: fromFirstEvent("v8js_gc_duration_seconds_count"),
    fires:
      "the 99th percentile of major garbage collections is above `threshold`, with at least `events` of them in `window`",
    for: "5m",
    parameters: { threshold: seconds(0.25), window: range("10m"), events: count(5) },
    expr: (values) =>
      percentileAbove({
        ...values,
        histogram: "v8js_gc_duration_seconds",
        selector: `{v8js_gc_type="major"}`,
        quantile: 0.99,
      }),
    summary: "Garbage collection pauses the process",
    description:
      "Major collections stop the process for up to {{ $value | humanizeDuration }}. Keep less in the heap: large caches belong into buffers or another process.",
  }),
];

function total(expr: string): string {
  return `sum by (job, instance) (${expr})`;
}
