import { constants, type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import type { BatchObservableResult, Meter, MeterProvider, Observable } from "@opentelemetry/api";
import { VERSION } from "../version.ts";
import { ObservedInstruments } from "./instruments.ts";

type ObserveNow = (result: BatchObservableResult) => void;

// A minor collection takes about a millisecond, a major one about ten.
const GC_BOUNDARIES_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5,
];

const GC_TYPES: ReadonlyMap<unknown, string> = new Map([
  [constants.NODE_PERFORMANCE_GC_MAJOR, "major"],
  [constants.NODE_PERFORMANCE_GC_MINOR, "minor"],
  [constants.NODE_PERFORMANCE_GC_INCREMENTAL, "incremental"],
  [constants.NODE_PERFORMANCE_GC_WEAKCB, "weakcb"],
]);

/**
 * Observes `v8js.gc.duration`, `v8js.memory.heap.*` and `v8js.resource.active` of this thread on `meterProvider`. Returns
 * a function that stops this. Names, units and attributes follow OpenTelemetry's semantic conventions for V8.
 */
export function observeV8(meterProvider: MeterProvider): () => void {
  const meter = meterProvider.getMeter("tachymeter.runtime", VERSION);
  const instruments = new ObservedInstruments(meter);
  const retained = new RetainedHeap(instruments);
  const groups = [heapMetrics(instruments), resourceMetrics(instruments)];
  const remove = instruments.observe((result) => {
    retained.observe(result);
    for (const observe of groups) observe(result);
  });
  const stopGarbageCollection = recordGarbageCollection(meter, () => retained.measure());
  return () => {
    remove();
    stopGarbageCollection();
  };
}

function recordGarbageCollection(meter: Meter, onMajor: () => void): () => void {
  const duration = meter.createHistogram("v8js.gc.duration", {
    unit: "s",
    description: "Duration of garbage collections.",
    advice: { explicitBucketBoundaries: GC_BOUNDARIES_SECONDS },
  });
  const observer = new PerformanceObserver((list) => {
    let hasMajor = false;
    for (const entry of list.getEntries()) {
      const type = GC_TYPES.get(kindOf(entry));
      if (type !== undefined) duration.record(entry.duration / 1000, { "v8js.gc.type": type });
      hasMajor ||= type === "major";
    }
    if (hasMajor) onMajor();
  });
  observer.observe({ entryTypes: ["gc"] });
  return () => observer.disconnect();
}

// The types of Node.js lack `detail` here.
function kindOf(entry: PerformanceEntry): unknown {
  return Reflect.get(Object(Reflect.get(entry, "detail")), "kind");
}

function heapMetrics({ upDownCounter }: ObservedInstruments): ObserveNow {
  const bytes = (name: string, text: string): Observable => upDownCounter(name, "By", text);
  const size = bytes("v8js.memory.heap.space.size", "Memory reserved for a heap space.");
  const used = bytes("v8js.memory.heap.used", "Memory in use in a heap space.");
  const available = bytes("v8js.memory.heap.space.available_size", "Memory still available in a heap space.");
  const physical = bytes(
    "v8js.memory.heap.space.physical_size",
    "Physical memory committed to a heap space.",
  );
  const limit = bytes("v8js.memory.heap.size_limit", "Size that the heap may grow to.");
  const external = bytes(
    "v8js.memory.external",
    "Memory outside of the heap that its objects hold, such as buffers.",
  );
  return (result) => {
    const { heap_size_limit, external_memory } = process.getBuiltinModule("node:v8").getHeapStatistics();
    result.observe(limit, heap_size_limit);
    result.observe(external, external_memory);
    for (const space of process.getBuiltinModule("node:v8").getHeapSpaceStatistics()) {
      const attributes = { "v8js.heap.space.name": space.space_name };
      result.observe(size, space.space_size, attributes);
      result.observe(used, space.space_used_size, attributes);
      result.observe(available, space.space_available_size, attributes);
      result.observe(physical, space.physical_space_size, attributes);
    }
  };
}

/** Gauge of the old generation after the latest major collection: memory that the program still uses. */
class RetainedHeap {
  readonly #instrument: Observable;
  #bytes: number | undefined;

  constructor({ upDownCounter }: ObservedInstruments) {
    this.#instrument = upDownCounter(
      "v8js.memory.heap.retained",
      "By",
      "Memory in use in the old generation after the latest major garbage collection.",
    );
  }

  /** Called shortly after a major collection. */
  measure(): void {
    this.#bytes = process
      .getBuiltinModule("node:v8")
      .getHeapSpaceStatistics()
      .filter(({ space_name }) => !space_name.startsWith("new_"))
      .reduce((sum, space) => sum + space.space_used_size, 0);
  }

  observe(result: BatchObservableResult): void {
    if (this.#bytes !== undefined) result.observe(this.#instrument, this.#bytes);
  }
}

function resourceMetrics({ gauge }: ObservedInstruments): ObserveNow {
  const active = gauge(
    "v8js.resource.active",
    "{resource}",
    "Active resources that keep the event loop alive.",
  );
  // With the description of prom-client's default metric of this name in Prometheus: with another one, a warning would say so.
  const known = gauge(
    "nodejs.active_resources",
    "{resource}",
    "Number of active resources that are currently keeping the event loop alive, grouped by async resource type.",
  );
  // A type that disappears is observed as 0 from then on.
  const counts = new Map<string, number>();
  return (result) => {
    for (const type of counts.keys()) counts.set(type, 0);
    for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1);
    for (const [type, count] of counts) {
      result.observe(active, count, { "v8js.resource.type": type });
      result.observe(known, count, { "nodejs.resource.type": type });
    }
  };
}
