// The kernels' metrics: observable instruments that read the records, so that counting does not call the SDK.
import type { Meter } from "@opentelemetry/api";
import type { KernelRecord, KernelState } from "./record.ts";

/** The gauge of queues. */
export const QUEUE_SIZE = "kernel.queue.size";

/** Makes the instruments, and the one callback that reads all of `records` for all of them. */
export function observeKernels(meter: Meter, records: () => Iterable<KernelRecord>): void {
  const messages = { unit: "{message}" };
  const received = meter.createObservableCounter("kernel.messages.received", {
    ...messages,
    description: "Messages received by the kernel.",
  });
  const sent = meter.createObservableCounter("kernel.messages.sent", {
    ...messages,
    description: "Messages sent by the kernel.",
  });
  const processed = meter.createObservableCounter("kernel.messages.processed", {
    ...messages,
    description: "Messages that the kernel received and settled without an error.",
  });
  const errors = meter.createObservableCounter("kernel.errors", {
    unit: "{error}",
    description: "Errors of the kernel, by type.",
  });
  const uptime = meter.createObservableGauge("kernel.uptime", {
    unit: "s",
    description: "Time from the kernel's launch to its termination, or to now.",
  });
  const throughput = meter.createObservableGauge("kernel.throughput", {
    unit: "{message}/s",
    description: "Messages that the kernel processed per second of its uptime.",
  });
  const errorRate = meter.createObservableGauge("kernel.error_rate", {
    description: "Errors per message processed; 0 while none was processed.",
  });
  const state = meter.createObservableGauge("kernel.state", {
    description: "State of the kernel: 0 unknown, 1 launched, 2 active, 3 inactive, 4 terminated.",
  });
  const startTime = meter.createObservableGauge("kernel.start.time", {
    unit: "s",
    description: "When the kernel was launched, in seconds since the epoch.",
  });
  const lastMessageTime = meter.createObservableGauge("kernel.last_message.time", {
    unit: "s",
    description: "When the kernel last received or sent a message, in seconds since the epoch.",
  });
  const queueSize = meter.createObservableGauge(QUEUE_SIZE, {
    ...messages,
    description: "Messages that wait in a queue of the kernel.",
  });
  const cpuTime = meter.createObservableCounter("kernel.cpu.time", {
    unit: "s",
    description: "Processor time of the kernel's thread or process.",
  });
  const memory = meter.createObservableGauge("kernel.memory.usage", {
    unit: "By",
    description: "Memory in use: the heap of the kernel's thread, or the resident set of its process.",
  });
  const utilization = meter.createObservableGauge("kernel.utilization", {
    description: "Share of the time in which the kernel's thread or process was busy.",
  });

  meter.addBatchObservableCallback(
    (observe) => {
      const nowMillis = performance.now();
      for (const record of records()) {
        const { attributes } = record;
        const now = record.figures(nowMillis);
        observe.observe(received, record.received, attributes);
        observe.observe(sent, record.sent, attributes);
        observe.observe(processed, record.processed, attributes);
        for (const total of record.errorTotals.values())
          observe.observe(errors, total.count, total.attributes);
        observe.observe(uptime, now.uptime, attributes);
        observe.observe(throughput, now.throughput, attributes);
        observe.observe(errorRate, now.errorRate, attributes);
        observe.observe(state, STATE_NUMBERS[now.state], attributes);
        if (now.startTime !== undefined) observe.observe(startTime, now.startTime, attributes);
        if (now.lastMessageTime !== undefined)
          observe.observe(lastMessageTime, now.lastMessageTime, attributes);
        if (now.inputQueueSize !== undefined)
          observe.observe(queueSize, now.inputQueueSize, { ...attributes, "kernel.queue": "input" });
        if (now.outputQueueSize !== undefined)
          observe.observe(queueSize, now.outputQueueSize, { ...attributes, "kernel.queue": "output" });
        if (record.cpuSeconds !== undefined) observe.observe(cpuTime, record.cpuSeconds, attributes);
        if (now.resources !== undefined) observe.observe(utilization, now.resources.utilization, attributes);
        if (now.resources?.heapUsedBytes !== undefined)
          observe.observe(memory, now.resources.heapUsedBytes, attributes);
      }
    },
    [
      received,
      sent,
      processed,
      errors,
      uptime,
      throughput,
      errorRate,
      state,
      startTime,
      lastMessageTime,
      queueSize,
      cpuTime,
      memory,
      utilization,
    ],
  );
}

const STATE_NUMBERS: Readonly<Record<KernelState, number>> = {
  unknown: 0,
  launched: 1,
  active: 2,
  inactive: 3,
  terminated: 4,
};
