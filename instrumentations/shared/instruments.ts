// What instrumentations record beside the facades. One place, so that a thing has one name, unit and description in all of them.
import type { Counter, Histogram, Meter, ObservableGauge, ObservableUpDownCounter } from "@opentelemetry/api";

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/** `message.client.reconnects`, by `messaging.system`. */
export function reconnectCounter(meter: Meter): Counter {
  return meter.createCounter("message.client.reconnects", {
    unit: "{reconnect}",
    description: "Connections to the broker that were made again after they had been lost",
  });
}

/** `messages.in_flight`, by `messaging.system` and `messaging.destination.name`. */
export function inFlightCounter(meter: Meter): ObservableUpDownCounter {
  return meter.createObservableUpDownCounter("messages.in_flight", {
    unit: "{message}",
    description: "Messages received that are neither acknowledged nor refused yet",
  });
}

/** `messages.retried`, by `messaging.system` and `messaging.destination.name`. */
export function retriedCounter(meter: Meter): Counter {
  return meter.createCounter("messages.retried", {
    unit: "{message}",
    description: "Messages whose processing had failed and that are to be processed once more",
  });
}

/** `message.wait.duration`, by `messaging.system` and `messaging.destination.name`. */
export function waitHistogram(meter: Meter): Histogram {
  return meter.createHistogram("message.wait.duration", {
    unit: "s",
    description: "How long messages waited in the queue before their processing began",
    advice: { explicitBucketBoundaries: SECONDS },
  });
}

/** `message.connections`, by `messaging.system`. */
export function connectionsGauge(meter: Meter): ObservableGauge {
  return meter.createObservableGauge("message.connections", {
    unit: "{connection}",
    description: "Connections over which messages come and go",
  });
}

/** `coordination.rebalances`, by `messaging.consumer.group.name`. */
export function rebalanceCounter(meter: Meter): Counter {
  return meter.createCounter("coordination.rebalances", {
    unit: "{rebalance}",
    description: "Times that a group began to share out its work anew",
  });
}
