// Connects facades to a collector. Its snapshot then includes their metrics, its events are recorded by them, and their
// calls are events of the collector.
import { readField } from "../events/labels.ts";
import { nameFromGiven } from "../recording/given-name.ts";
import type { TelemetryCollector } from "./index.ts";
import { Coordination } from "../facades/coordination/index.ts";
import { FacadeArea } from "./facade-area.ts";
import { statusFrom } from "../facades/health/reading.ts";
import { Health } from "../facades/health/index.ts";
import { Messaging } from "../facades/messaging/index.ts";
import {
  computedTarget,
  COORDINATION_INSTRUMENTS,
  HEALTH_INSTRUMENTS,
  MESSAGING_INSTRUMENTS,
  queueSizeTarget,
} from "./reference-metrics.ts";

const coordinations = new WeakMap<TelemetryCollector, Coordination>();
const messagings = new WeakMap<TelemetryCollector, Messaging>();
const healths = new WeakMap<TelemetryCollector, Health>();

/**
 * Connects a `Coordination` to a collector and returns it, the same one for each call. The running Tachymeter's
 * collector returns `Tachymeter.coordination`. Afterwards `getMetric` finds the facade's metrics, such as
 * `coordination_messages_total`.
 *
 * The facade records these events of the collector, and each call of the facade is such an event:
 *
 * - `coordination.message`, with data `{ type?, latency? }`
 * - `coordination.join` and `coordination.leave`, with data `{ node }`
 * - `coordination.leader`, with data `{ leader }`
 *
 * @throws MetricRegistrationError if the name of one of the metrics is taken.
 */
export function setupCoordinationHooks(collector: TelemetryCollector): Coordination {
  const known = coordinations.get(collector);
  if (known !== undefined) return known;
  const area = new FacadeArea(collector, "coordination");
  area.adopt(COORDINATION_INSTRUMENTS, (name) => computedTarget(name, "join, heartbeat and leave"));
  const coordination = collector.parts.link?.coordination ?? new Coordination(area.facadeOptions);
  coordinations.set(collector, coordination);
  area.apply("coordination.message", (data) =>
    coordination.message(textField(data, "type"), { latency: numberField(data, "latency") }),
  );
  area.applyNamed("coordination.join", "node", (node) => coordination.join(node));
  area.applyNamed("coordination.leave", "node", (node) => coordination.leave(node));
  area.applyNamed("coordination.leader", "leader", (leader) => coordination.leaderChanged(leader));
  return coordination;
}

/**
 * Connects a `Messaging` to a collector and returns it, the same one for each call. The running Tachymeter's collector
 * returns `Tachymeter.messaging`. Afterwards `getMetric` finds the facade's metrics, such as `messages_sent_total`.
 *
 * The facade records these events of the collector, and each call of the facade is such an event:
 *
 * - `messaging.sent` and `messaging.received`, with data `{ destination?, count? }`
 * - `messaging.processed`, with data `{ destination?, seconds, error? }`
 * - `messaging.queue_size`, with data `{ destination, size }`
 *
 * @throws MetricRegistrationError if the name of one of the metrics is taken.
 */
export function setupMessagingHooks(collector: TelemetryCollector): Messaging {
  const known = messagings.get(collector);
  if (known !== undefined) return known;
  const area = new FacadeArea(collector, "messaging");
  area.adopt(MESSAGING_INSTRUMENTS, (_name, onBadLabel) => queueSizeTarget(() => messaging, onBadLabel));
  const messaging = collector.parts.link?.messaging ?? new Messaging(area.facadeOptions);
  messagings.set(collector, messaging);
  area.apply("messaging.sent", (data) =>
    messaging.sent(textField(data, "destination"), numberField(data, "count")),
  );
  area.apply("messaging.received", (data) =>
    messaging.received(textField(data, "destination"), numberField(data, "count")),
  );
  area.apply("messaging.processed", (data) =>
    messaging.processed(
      textField(data, "destination"),
      numberField(data, "seconds") ?? NaN,
      readField(data, "error"),
    ),
  );
  area.apply("messaging.queue_size", (data) => {
    const size = readField(data, "size");
    if (typeof size === "number") messaging.queueSize(textField(data, "destination"), size);
    else area.refuse("messaging.queue_size", size, `add a number "size" to the event's data`);
  });
  return messaging;
}

/**
 * Connects a `Health` to a collector and returns it, the same one for each call. The running Tachymeter's collector
 * returns `Tachymeter.health`. Afterwards `getMetric` finds the facade's metrics, such as `health_status`.
 *
 * The facade records these events of the collector, and each call of the facade is such an event:
 *
 * - `health.status`, with data `{ component, status, reason? }`
 * - `health.check`, with data `{ component, status, reason?, seconds? }`: a check that was made elsewhere
 *
 * @throws MetricRegistrationError if the name of one of the metrics is taken.
 */
export function setupHealthHooks(collector: TelemetryCollector): Health {
  const known = healths.get(collector);
  if (known !== undefined) return known;
  const area = new FacadeArea(collector, "health");
  area.adopt(HEALTH_INSTRUMENTS, (name) => computedTarget(name, "set and register"));
  const health = collector.parts.link?.health ?? new Health(area.facadeOptions);
  healths.set(collector, health);
  for (const type of ["health.status", "health.check"]) {
    area.applyNamed(type, "component", (component, data) => {
      const given = readField(data, "status");
      const status = statusFrom(given);
      if (status === undefined) area.refuse(type, given, "use unknown, healthy, degraded or unhealthy");
      else if (type === "health.status") health.set(component, status, textField(data, "reason"));
      else health.recordCheck(component, status, numberField(data, "seconds"), textField(data, "reason"));
    });
  }
  return health;
}

// Returns a field of an event's data as a string; `undefined` if it is not a string, number or boolean.
function textField(data: unknown, key: string): string | undefined {
  return nameFromGiven(readField(data, key));
}

// Returns a numeric field; `undefined` if it is missing. Other values become NaN, which the facade reports.
function numberField(data: unknown, key: string): number | undefined {
  const value = readField(data, key);
  if (value === undefined || value === null) return undefined;
  return typeof value === "number" ? value : NaN;
}
