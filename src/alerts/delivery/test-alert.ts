import { randomUUID } from "node:crypto";
import type { Alert } from "../alert.ts";
import type { DeliveryClock } from "./clock.ts";
import type { Notification } from "./notification.ts";
import type { Alertmanager } from "./receivers/alertmanager.ts";
import type { SendResult, Receiver } from "./receivers/receiver.ts";

/** Result of a test alert for one receiver. */
export interface DeliveryReport {
  /** Name of the receiver. */
  readonly receiver: string;
  /** Whether the receiver accepted the test alert. */
  readonly delivered: boolean;
  /** Response of a receiver that accepted it, such as `status 200`; `undefined` for the log and functions. */
  readonly response?: string | undefined;
  /** Time from the request to the response, in seconds. */
  readonly durationSeconds: number;
  /** Reason why it did not, without secrets. */
  readonly reason?: string | undefined;
}

/** Sends a test alert to each receiver once. An incident that it opens is resolved at once. Never rejects. */
export function testReports(
  receivers: readonly Receiver[],
  alertmanagers: readonly Alertmanager[],
  clock: DeliveryClock,
): Promise<DeliveryReport[]> {
  const alert = testAlert(clock.unixMillis() / 1_000);
  const { signal } = new AbortController();
  const send = async (receiver: Receiver): Promise<SendResult> => {
    const attempt = await receiver.send(notificationOf(alert, clock), signal);
    if (attempt.kind !== "delivered" || receiver.takes === "groups") return attempt;
    const resolved: Alert = { ...alert, state: "resolved", resolvedAt: clock.unixMillis() / 1_000 };
    return receiver.send(notificationOf(resolved, clock), signal);
  };
  return Promise.all([
    ...receivers.map((each) => reported(each.name, clock, () => send(each))),
    ...alertmanagers.map((each) => reported(each.name, clock, () => each.test(alert))),
  ]);
}

async function reported(
  receiver: string,
  clock: DeliveryClock,
  send: () => Promise<SendResult>,
): Promise<DeliveryReport> {
  const begin = clock.monotonicMillis();
  const attempt = await send();
  const durationSeconds = (clock.monotonicMillis() - begin) / 1_000;
  if (attempt.kind === "delivered")
    return { receiver, delivered: true, durationSeconds, response: attempt.response };
  return { receiver, delivered: false, durationSeconds, reason: attempt.reason };
}

function testAlert(nowSeconds: number): Alert {
  return {
    name: "TachymeterTest",
    state: "firing",
    labels: { alertname: "TachymeterTest", severity: "info" },
    annotations: { summary: "A test of the alert receivers; nothing is wrong." },
    value: 1,
    activeAt: nowSeconds,
    firedAt: nowSeconds,
  };
}

function notificationOf(alert: Alert, clock: DeliveryClock): Notification {
  return {
    id: randomUUID(),
    groupKey: '{}:{alertname="TachymeterTest"}',
    groupLabels: { alertname: "TachymeterTest" },
    alerts: [alert],
    timeUnixMillis: clock.unixMillis(),
  };
}
