import type { Meter } from "@opentelemetry/api";
import { observeKnown, ObservedInstruments } from "../../host/instruments.ts";
import type { KernelRecord } from "./record.ts";

/** Name of the gauge of queues. */
export const QUEUE_SIZE = "kernel.queue.size";

const STATES = ["unknown", "launched", "active", "inactive", "terminated"] as const;

/** Observes the kernels of `records` by one callback, so that recording does not call the SDK. */
export function observeKernels(meter: Meter, records: () => Iterable<KernelRecord>): void {
  const instruments = new ObservedInstruments(meter);
  const { counter, gauge } = instruments;
  const received = counter("kernel.messages.received", "{message}", "Messages received by the kernel.");
  const sent = counter("kernel.messages.sent", "{message}", "Messages sent by the kernel.");
  const processed = counter(
    "kernel.messages.processed",
    "{message}",
    "Messages that the kernel received and settled without an error.",
  );
  const errors = counter("kernel.errors", "{error}", "Errors of the kernel, by type.");
  const cpuTime = counter("kernel.cpu.time", "s", "Processor time of the kernel's thread or process.");
  const uptime = gauge("kernel.uptime", "s", "Time from the kernel's launch to its termination, or to now.");
  const throughput = gauge(
    "kernel.throughput",
    "{message}/s",
    "Messages that the kernel processed per second of its uptime.",
  );
  const errorRate = gauge("kernel.error_rate", "", "Share of errors among errors and processed messages.");
  const state = gauge(
    "kernel.state",
    "",
    "State of the kernel: 0 unknown, 1 launched, 2 active, 3 inactive, 4 terminated.",
  );
  const startTime = gauge(
    "kernel.start.time",
    "s",
    "When the kernel was launched, in seconds since the epoch.",
  );
  const lastMessageTime = gauge(
    "kernel.last_message.time",
    "s",
    "When the kernel last received or sent a message, in seconds since the epoch.",
  );
  const queueSize = gauge(QUEUE_SIZE, "{message}", "Messages that wait in a queue of the kernel.");
  const memory = gauge(
    "kernel.memory.usage",
    "By",
    "Memory in use: the heap of the kernel's thread, or the resident set of its process.",
  );
  const utilization = gauge(
    "kernel.utilization",
    "",
    "Share of the time in which the kernel's thread or process was busy.",
  );

  instruments.observe((result) => {
    const nowMillis = performance.now();
    for (const record of records()) {
      const { attributes } = record;
      const now = record.figures(nowMillis);
      for (const counters of record.counters()) {
        result.observe(received, counters.received, counters.attributes);
        result.observe(sent, counters.sent, counters.attributes);
        result.observe(processed, counters.processed, counters.attributes);
        observeKnown(result, cpuTime, counters.cpuSeconds, counters.attributes);
        for (const { count, attributes: typed } of counters.errorTotals.values())
          result.observe(errors, count, typed);
      }
      result.observe(uptime, now.uptime, attributes);
      result.observe(throughput, now.throughput, attributes);
      result.observe(errorRate, now.errorRate, attributes);
      result.observe(state, STATES.indexOf(now.state), attributes);
      observeKnown(result, startTime, now.startTime, attributes);
      observeKnown(result, lastMessageTime, now.lastMessageTime, attributes);
      observeKnown(result, queueSize, now.inputQueueSize, { ...attributes, "kernel.queue": "input" });
      observeKnown(result, queueSize, now.outputQueueSize, { ...attributes, "kernel.queue": "output" });
      observeKnown(result, utilization, now.resources?.utilization, attributes);
      observeKnown(result, memory, now.resources?.heapUsedBytes, attributes);
    }
  });
}
