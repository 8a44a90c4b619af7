// What instrumentations of worker threads and their pools record beside the facades.
import type { Counter, Histogram, Meter, ObservableGauge } from "@opentelemetry/api";

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** `kernel.pool.queue.size`, by `kernel.pool.name`. */
export function poolQueueGauge(meter: Meter): ObservableGauge {
  return meter.createObservableGauge("kernel.pool.queue.size", {
    unit: "{task}",
    description: "Tasks that wait for a worker of the pool",
  });
}

/** `kernel.pool.workers`, by `kernel.pool.name`. */
export function poolWorkersGauge(meter: Meter): ObservableGauge {
  return meter.createObservableGauge("kernel.pool.workers", {
    unit: "{worker}",
    description: "Workers that the pool has",
  });
}

/** `kernel.pool.utilization`, by `kernel.pool.name`. */
export function poolUtilizationGauge(meter: Meter): ObservableGauge {
  return meter.createObservableGauge("kernel.pool.utilization", {
    description: "Tasks that run, as a share of those that the pool may run at a time",
  });
}

/** `kernel.pool.tasks`, by `kernel.pool.name` and `outcome`. */
export function poolTaskCounter(meter: Meter): Counter {
  return meter.createCounter("kernel.pool.tasks", {
    unit: "{task}",
    description: "Tasks of the pool that have ended",
  });
}

/** `kernel.task.wait.duration`, by `kernel.pool.name`. */
export function taskWaitHistogram(meter: Meter): Histogram {
  return meter.createHistogram("kernel.task.wait.duration", {
    unit: "s",
    description: "How long tasks waited for a worker of the pool",
    advice: { explicitBucketBoundaries: SECONDS },
  });
}

/** `kernel.task.run.duration`, by `kernel.pool.name` and, of those that failed, `error.type`. */
export function taskRunHistogram(meter: Meter): Histogram {
  return meter.createHistogram("kernel.task.run.duration", {
    unit: "s",
    description: "How long a worker of the pool took for a task, from its hand-over to its answer",
    advice: { explicitBucketBoundaries: SECONDS },
  });
}

/** `kernel.task.duration`, by `kernel.pool.name` and, of those that failed, `error.type`. */
export function taskHistogram(meter: Meter): Histogram {
  return meter.createHistogram("kernel.task.duration", {
    unit: "s",
    description: "How long tasks took, waiting for a worker included",
    advice: { explicitBucketBoundaries: SECONDS },
  });
}
