// What instrumentations of coordination record beside the facade.
import type { Counter, Gauge, Histogram, Meter } from "@opentelemetry/api";

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** `coordination.lock.contentions`, by `coordination.lock.name`. */
export function contentionCounter(meter: Meter): Counter {
  return meter.createCounter("coordination.lock.contentions", {
    unit: "{contention}",
    description: "Attempts to get a lock that did not get it at once",
  });
}

/** `coordination.lock.failures`, by `coordination.lock.name` and `error.type`. */
export function lockFailureCounter(meter: Meter): Counter {
  return meter.createCounter("coordination.lock.failures", {
    unit: "{failure}",
    description: "Attempts to get a lock that were given up",
  });
}

/** `coordination.leases.lost`, by `coordination.lock.name` where the lease is a lock's. */
export function lostLeaseCounter(meter: Meter): Counter {
  return meter.createCounter("coordination.leases.lost", {
    unit: "{lease}",
    description: "Leases and locks that ran out, or could not be extended, while they were held",
  });
}

/** `coordination.election.duration`, by `coordination.election.name`. */
export function electionHistogram(meter: Meter): Histogram {
  return meter.createHistogram("coordination.election.duration", {
    unit: "s",
    description: "Time from the start of a candidacy until it was elected",
    advice: { explicitBucketBoundaries: SECONDS },
  });
}

/** `coordination.is_leader`, by `coordination.election.name`. */
export function leadershipGauge(meter: Meter): Gauge {
  return meter.createGauge("coordination.is_leader", {
    description: "Whether this process leads: 1 where it does, 0 where it does no more",
  });
}

/** `coordination.node.exits`, by `outcome`. */
export function nodeExitCounter(meter: Meter): Counter {
  return meter.createCounter("coordination.node.exits", {
    unit: "{exit}",
    description: "Nodes that ended, as they were told to or by themselves",
  });
}
