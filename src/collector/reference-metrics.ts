// Metrics of the facades by their Prometheus names, for applications that read and record metrics by name.
import type { Attributes } from "@opentelemetry/api";
import { LogOnce } from "../diagnostics/log-once.ts";
import type { Messaging } from "../facades/messaging/index.ts";
import { cleanLabels } from "../events/labels.ts";
import { type FacadeMeter, SECONDS_BOUNDARIES } from "../recording/facade-meter.ts";
import {
  type CounterTarget,
  type GaugeTarget,
  type HistogramTarget,
  NamedCounter,
  NamedGauge,
  NamedHistogram,
} from "./named-metrics.ts";
import type { AnyNamedMetric } from "./registered-metrics.ts";
import { translatedName } from "../translation/metric-name.ts";
import { labelNameFromKey } from "../translation/snapshot-document.ts";

/** An instrument of a facade. */
export interface FacadeInstrument {
  readonly kind: "counter" | "gauge" | "histogram";
  readonly name: string;
  readonly unit: string;
  readonly description: string;
}

// A provider treats two instruments as one only if unit and description are equal. So these must be the same as in the
// facades: a test compares them.
function listed(
  ...rows: readonly (readonly [
    kind: FacadeInstrument["kind"],
    name: string,
    unit: string,
    description: string,
  ])[]
): readonly FacadeInstrument[] {
  return rows.map(([kind, name, unit, description]) => ({ kind, name, unit, description }));
}

/** Instruments of `Coordination`. */
export const COORDINATION_INSTRUMENTS: readonly FacadeInstrument[] = listed(
  ["counter", "coordination.messages", "{message}", "Coordination messages, by type."],
  [
    "gauge",
    "coordination.active_nodes",
    "{node}",
    "Nodes that joined or sent a heartbeat lately and did not leave.",
  ],
  ["histogram", "coordination.message.latency", "s", "Time from a coordination message to its reply."],
  ["counter", "coordination.leader.changes", "{change}", "Changes of the leader, the first one included."],
  ["histogram", "coordination.lock.wait.duration", "s", "Time waited for a lock."],
  ["histogram", "coordination.lock.hold.duration", "s", "Time a lock was held."],
);

/** Instruments of `Messaging`, by our own names. */
export const MESSAGING_INSTRUMENTS: readonly FacadeInstrument[] = listed(
  ["counter", "messages.sent", "{message}", "Messages sent."],
  ["counter", "messages.received", "{message}", "Messages received."],
  ["gauge", "message.queue.size", "{message}", "Messages that wait in a queue."],
  ["histogram", "message.processing.duration", "s", "Time to process one message."],
);

/** Instruments of `Health`. */
export const HEALTH_INSTRUMENTS: readonly FacadeInstrument[] = listed(
  ["gauge", "health.status", "", "Health of the whole: 0 unknown, 1 healthy, 2 degraded, 3 unhealthy."],
  [
    "gauge",
    "health.component.status",
    "",
    "Health of one component: 0 unknown, 1 healthy, 2 degraded, 3 unhealthy.",
  ],
  ["counter", "health.checks", "{check}", "Health checks made, by component and result."],
  ["histogram", "health.check.duration", "s", "Time a health check took."],
);

// Keys of all labels of these metrics whose Prometheus name differs from the OpenTelemetry key.
const KEYS_BY_LABEL_NAME: ReadonlyMap<string, string> = new Map(
  [
    "coordination.message.type",
    "coordination.lock.name",
    "messaging.system.name",
    "messaging.destination.name",
    "error.type",
    "health.component",
    "health.result",
  ].map((key) => [labelNameFromKey(key), key]),
);

/** Creates a named metric that records to an instrument of a facade. Gauges are set by their facade: see `gauges`. */
export function namedMetricFromInstrument(
  instrument: FacadeInstrument,
  meter: FacadeMeter,
  gauges: (metric: string, onBadLabel: (key: string) => void) => GaugeTarget,
): AnyNamedMetric {
  const { kind, unit, description } = instrument;
  const name = translatedName(instrument, kind);
  const spec = { name, description, unit, labels: undefined };
  const onBadLabel = (key: string): void => meter.dropped.label(name, "invalid", key);
  switch (kind) {
    case "counter": {
      const otel = meter.counter(instrument.name, unit, description);
      return new NamedCounter(spec, meter.dropped, {
        add: (value, labels) => otel.add(value, attributesFromLabels(labels, onBadLabel)),
      });
    }
    case "gauge":
      return new NamedGauge(spec, meter.dropped, gauges(name, onBadLabel));
    case "histogram": {
      const otel = meter.durations(instrument.name, description);
      return new NamedHistogram(spec, SECONDS_BOUNDARIES, meter.dropped, {
        record: (value, labels) => otel.record(value, attributesFromLabels(labels, onBadLabel)),
      });
    }
    default:
      return kind satisfies never;
  }
}

/** Passes queue sizes on to the facade. Increments start from the number that was last set there. */
export function queueSizeTarget(messaging: () => Messaging, onBadLabel: (key: string) => void): GaugeTarget {
  const queueOf = (labels: unknown): readonly [destination: string | undefined, others: Attributes] => {
    const { "messaging.destination.name": destination, ...others } = attributesFromLabels(labels, onBadLabel);
    return [destination === undefined ? undefined : String(destination), others];
  };
  return {
    record(size, labels) {
      const [destination, others] = queueOf(labels);
      messaging().queueSize(destination, size, others);
    },
    adjust(difference, labels) {
      messaging().adjustQueueSize(difference, ...queueOf(labels));
    },
  };
}

/** Drops all values of a metric whose value is set elsewhere, and logs `problem` at the first one. */
export function readOnlyTarget(
  name: string,
  problem: string,
  once: LogOnce = new LogOnce(),
): CounterTarget & GaugeTarget & HistogramTarget {
  const drop = (): void => once.warn(name, () => problem);
  return { add: drop, record: drop, adjust: drop };
}

/** Like `readOnlyTarget`, for a gauge that its facade computes. `calls` are the methods that change it. */
export function computedTarget(name: string, calls: string): GaugeTarget {
  return readOnlyTarget(
    name,
    `gauge "${name}": value is computed by its facade and cannot be set; call ${calls} of the facade`,
  );
}

/** Converts labels, whose names may be those of Prometheus, to attributes. Never throws. */
function attributesFromLabels(labels: unknown, onDrop: (key: string) => void): Attributes {
  const attributes: Attributes = {};
  for (const [name, value] of Object.entries(cleanLabels(labels, onDrop))) {
    attributes[KEYS_BY_LABEL_NAME.get(name) ?? name] = value;
  }
  return attributes;
}
