import { randomUUID } from "node:crypto";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import type { Alert } from "../alert.ts";
import type { DeliveryClock } from "./clock.ts";
import { identityOf } from "./identity.ts";
import { isFiring, type QueuedNotification } from "./notification.ts";
import type { Receiver } from "./receivers/receiver.ts";
import { announce, type Group, type Plan, planOf } from "./routing/group.ts";
import type { GroupTable, Route } from "./routing/group-table.ts";
import type { Sender } from "./sending/sender.ts";
import type { Suppression } from "./routing/inhibition.ts";

/** Parts of a notifier. */
export interface NotifierParts {
  readonly route: Route;
  readonly table: GroupTable;
  readonly receivers: readonly Receiver[];
  /** By the name of the receiver. */
  readonly senders: ReadonlyMap<string, Sender>;
  readonly clock: DeliveryClock;
  /** Silences, inhibition and mute times now. */
  readonly suppression: () => Suppression;
  /** Called after each change of a group. */
  readonly changed: () => void;
}

// Groups that are due together are sent together.
const MIN_TICK_MILLIS = 50;
// A tick continues in the next turn of the event loop after this time.
const SLICE_MILLIS = 2;

/** Plans the notifications of each group when its time has come, and passes them to the senders. */
export class Notifier {
  readonly #parts: NotifierParts;
  #cancelTick: () => void = () => {};
  #tickAtMillis = Infinity;
  #isPaused = false;
  // A tick that came during a pause.
  #isOverdue = false;
  #isClosed = false;

  constructor(parts: NotifierParts) {
    this.#parts = parts;
  }

  /** Sets the timer for the group that is due next. */
  schedule(): void {
    if (this.#isClosed) return;
    let due = Infinity;
    for (const { dueMillis } of this.#parts.table.groups) due = Math.min(due, dueMillis);
    const now = this.#parts.clock.monotonicMillis();
    const tickAt = Math.max(due, now + MIN_TICK_MILLIS);
    if (tickAt >= this.#tickAtMillis) return;
    this.#cancelTick();
    this.#tickAtMillis = tickAt;
    this.#cancelTick = this.#parts.clock.setTimer(() => this.#tick(), Math.ceil(tickAt - now));
  }

  /** Plans nothing until {@link Notifier.resume}, so that no notification has a part of an evaluation. */
  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    if (this.#isOverdue) this.#tick();
    else this.schedule();
  }

  /** Ends the timer. */
  close(): void {
    this.#isClosed = true;
    this.#cancelTick();
  }

  #tick(): void {
    this.#tickAtMillis = Infinity;
    this.#isOverdue = this.#isPaused;
    if (this.#isPaused || this.#isClosed) return;
    const { table, senders, clock } = this.#parts;
    try {
      const suppression = this.#parts.suppression();
      const begin = performance.now();
      const now = clock.monotonicMillis();
      for (const group of table.groups) {
        if (group.dueMillis > now) continue;
        this.#notify(group, suppression);
        if (performance.now() - begin > SLICE_MILLIS) break;
      }
    } catch (error) {
      warnOnceAMinute(`alerts: notifications could not be made (${errorMessage(error)})`);
    }
    for (const sender of senders.values()) sender.start();
    this.schedule();
  }

  #notify(group: Group, suppression: Suppression): void {
    const { route, table, receivers, senders, clock, changed } = this.#parts;
    group.dueMillis = clock.monotonicMillis() + route.groupIntervalMillis;
    group.wasFlushed = true;
    group.bytes = undefined;
    const nowUnixMillis = clock.unixMillis();
    const times = { nowUnixMillis, repeatMillis: route.repeatIntervalMillis };
    const isSuppressed = (alert: Alert): boolean => suppression.suppresses(alert);
    for (const receiver of receivers) {
      const sender = senders.get(receiver.name);
      const plan = planOf(group, receiver, isSuppressed, times);
      if (plan === undefined || sender === undefined) continue;
      // Before it is added: alerts that the sender drops at once are announced again.
      announce(group, receiver.name, plan, nowUnixMillis);
      addPlanned(sender, receiver, plan, group, nowUnixMillis);
    }
    table.tidy(group);
    changed();
  }
}

// A repetition is left out if the waiting notification says the same.
function addPlanned(
  sender: Sender,
  { takes }: Receiver,
  plan: Plan,
  { key, labels }: Group,
  timeUnixMillis: number,
): void {
  const add = (lane: string, alerts: readonly Alert[]): void => {
    const fresh = alerts.filter((alert) => plan.fresh.has(alert)).map((alert) => identityOf(alert.labels));
    if (alerts.every(isFiring) && fresh.length === 0 && sender.lanes.has(lane)) return;
    const notification: QueuedNotification = {
      id: randomUUID(),
      groupKey: key,
      groupLabels: labels,
      alerts,
      fresh,
      timeUnixMillis,
    };
    sender.add(lane, notification);
  };
  const alerts = [...plan.firing, ...plan.resolved];
  if (takes === "groups") add(key, alerts);
  else for (const alert of alerts) add(identityOf(alert.labels), [alert]);
}
