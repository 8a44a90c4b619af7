import type { Counter, Meter } from "@opentelemetry/api";
import { absolutePath } from "../../io/files/absolute-path.ts";
import { LogOnce } from "../../diagnostics/log-once.ts";
import type { Alert } from "../alert.ts";
import { type DeliveryClock, systemClock } from "./clock.ts";
import { DeliveryState } from "./delivery-state.ts";
import { identityOf } from "./identity.ts";
import { isFiring } from "./notification.ts";
import { Notifier } from "./notifier.ts";
import { DELIVERY, type DeliveryOptions } from "./options/delivery-options.ts";
import { Alertmanager } from "./receivers/alertmanager.ts";
import { makeReceiver } from "./receivers/make-receiver.ts";
import type { ExternalUrl, Receiver } from "./receivers/receiver.ts";
import { GroupTable } from "./routing/group-table.ts";
import { Silences } from "./routing/silences.ts";
import { Sender } from "./sending/sender.ts";
import type { DeliverySettings } from "./settings.ts";
import { Suppression, type SuppressionReasons } from "./routing/inhibition.ts";
import { type DeliveryReport, testReports } from "./test-alert.ts";
import { UpdateQueue } from "./update-queue.ts";

/** Events of alerts. */
export type AlertEventType = "alert.firing" | "alert.resolved";

/** Parts of a delivery besides its options. */
export interface DeliveryParts {
  /** A folder for `notifications.json` and `silences.json`. Without one, both are lost with the process. */
  readonly directory?: string | undefined;
  /** Silences; by default those of the directory. */
  readonly silences?: Silences | undefined;
  /** Called once for each alert that begins to fire or is resolved, whether it is silenced or not. */
  readonly onEvent?: ((type: AlertEventType, alert: Alert) => void) | undefined;
  /** Meter of `alerts.notifications` and `alerts.notifications.failed`. */
  readonly meter?: Meter | undefined;
  /** Absolute URL of the application's page, for links in notifications. */
  readonly externalUrl?: ExternalUrl | undefined;
  /** Replaceable by tests. */
  readonly clock?: DeliveryClock | undefined;
  /** Returns a number from 0 to 1. */
  readonly random?: (() => number) | undefined;
  /** More receivers, for tests. */
  readonly receivers?: readonly Receiver[] | undefined;
}

const LOOK_MILLIS = 5_000;

/** Routes alerts to receivers: groups, silences, inhibition, mute times, retries, and what survives the process. */
export class AlertDelivery {
  readonly #settings: DeliverySettings;
  readonly #clock: DeliveryClock;
  readonly #onEvent: DeliveryParts["onEvent"];
  readonly #counters: NotificationCounters;
  readonly #table: GroupTable;
  /** The silences: alerts that match are not sent to receivers other than Alertmanagers. */
  readonly silences: Silences;
  readonly #receivers: readonly Receiver[];
  // By the names of the receivers.
  readonly #senders: ReadonlyMap<string, Sender>;
  // These group and repeat alerts themselves.
  readonly #alertmanagers: readonly Alertmanager[];
  readonly #notifier: Notifier;
  readonly #once = new LogOnce();
  readonly #updates: UpdateQueue;
  #state: DeliveryState;
  #cancelLook: () => void = () => {};
  #isClosed = false;

  /**
   * Reads the state of the directory and sends what waits there.
   *
   * @throws OptionsError with all invalid options.
   */
  constructor(options: DeliveryOptions | DeliverySettings, parts: DeliveryParts = {}) {
    const settings = DELIVERY.settings(options);
    const { clock = systemClock, random = Math.random, receivers = [] } = parts;
    const externalUrl = parts.externalUrl ?? (() => undefined);
    // The process may change its working directory later.
    const directory = parts.directory === undefined ? undefined : absolutePath(parts.directory);
    this.#settings = settings;
    this.#clock = clock;
    this.#onEvent = parts.onEvent;
    this.#counters = new NotificationCounters(parts.meter);
    this.#table = new GroupTable(settings.route);
    this.silences = parts.silences ?? new Silences(() => clock.unixMillis(), directory);
    this.#receivers = [
      ...settings.receivers.flatMap((each) =>
        each.kind === "alertmanager" ? [] : makeReceiver(each, externalUrl),
      ),
      ...receivers,
    ];
    this.#senders = new Map(this.#receivers.map((each) => [each.name, this.#sender(each, random)]));
    const saved = (): Promise<void> => this.#state.saved();
    this.#alertmanagers = settings.receivers.flatMap((each) => {
      if (each.kind !== "alertmanager") return [];
      const concluded = (outcome: "delivered" | "failed", count?: number): void =>
        this.#counters.count(each.name, outcome, count);
      return new Alertmanager(each.name, each, { clock, random, externalUrl, saved, concluded });
    });
    this.#notifier = new Notifier({
      route: settings.route,
      table: this.#table,
      receivers: this.#receivers,
      senders: this.#senders,
      clock,
      suppression: () => this.#suppression(),
      changed: () => this.#state.changed(),
    });
    this.#updates = new UpdateQueue({
      onPause: () => this.#notifier.pause(),
      onIdle: () => this.#notifier.resume(),
    });
    this.#state = this.#stateIn(directory);
    this.#state.load();
    if (directory !== undefined || parts.silences !== undefined) this.#lookLater();
    this.#begin();
  }

  /** The groups and the waiting notifications, for another delivery in this process. */
  get state(): string {
    return this.#state.text();
  }

  /** Adds the groups and notifications of a closed delivery to those of this one. */
  restore(state: string): void {
    this.#state.restore(state);
    this.#begin();
  }

  /** Continues with the state of a folder, which had another owner before, and keeps the state there from now on. */
  adopt(directory: string): void {
    if (this.#isClosed) return;
    this.#state = this.#stateIn(directory);
    this.#state.load();
    this.#begin();
  }

  /**
   * Takes over the alerts of one evaluation: all that fire, and those that resolved in the last 15 minutes. Alerts of
   * other groups of rules stay as they are. Many alerts are taken in slices: see {@link AlertDelivery.updated}. Never throws
   * and never waits.
   *
   * @param intervalSeconds time to the next one, if it is not that of the options.
   */
  update(
    alerts: Iterable<Alert>,
    timeSeconds: number,
    intervalSeconds: number = this.#settings.intervalSeconds,
  ): void {
    if (!this.#isClosed) this.#updates.add(this.#evaluation(alerts, timeSeconds, intervalSeconds));
  }

  /** The alerts that fire, also those of a previous process. */
  firing(): readonly Alert[] {
    return [...this.#table.firing()];
  }

  /** Resolves once all updates so far are taken. Never rejects. */
  updated(): Promise<void> {
    return this.#updates.idle();
  }

  /** Resolves alerts of a previous process that are not among the current ones, in slices as an update. Never throws. */
  retain(current: Iterable<Alert>, timeSeconds: number): void {
    if (!this.#isClosed) this.#updates.add(this.#endOthers(current, timeSeconds));
  }

  /** Reasons why an alert with these labels would not be sent now. */
  suppression(labels: Alert["labels"]): SuppressionReasons {
    return this.#suppression().reasons(labels);
  }

  /** Sends a test alert to each receiver, once, and says which of them accepted it. Never rejects. */
  test(): Promise<DeliveryReport[]> {
    return testReports(this.#receivers, this.#alertmanagers, this.#clock);
  }

  /** Tries to send all that waits for a receiver once more now. Groups whose time has not come stay. Never rejects. */
  async flush(): Promise<void> {
    await this.#updates.idle();
    await Promise.all(this.#all().map((each) => each.flush()));
    await this.#state.saved();
  }

  /** Ends running requests and all timers. Waiting notifications stay in the directory. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#notifier.close();
    this.#cancelLook();
    await this.#updates.idle();
    await Promise.all(this.#all().map((each) => each.close()));
    await this.#state.close();
    await this.silences.close();
  }

  #all(): readonly (Sender | Alertmanager)[] {
    return [...this.#senders.values(), ...this.#alertmanagers];
  }

  #stateIn(directory: string | undefined): DeliveryState {
    const { groupIntervalMillis } = this.#settings.route;
    const [clock, table, senders] = [this.#clock, this.#table, this.#senders];
    return new DeliveryState({ directory, clock, table, senders, groupIntervalMillis });
  }

  #begin(): void {
    // Groups of a previous process may be due at once.
    this.silences.look();
    for (const sender of this.#senders.values()) sender.start();
    this.#notifier.schedule();
  }

  *#evaluation(alerts: Iterable<Alert>, timeSeconds: number, intervalSeconds: number): Generator<void, void> {
    const [unixMillis, monotonicMillis] = [this.#clock.unixMillis(), this.#clock.monotonicMillis()];
    const now = { unixMillis, monotonicMillis, timeSeconds, intervalSeconds };
    let [hasChanged, refused] = [false, 0];
    const transition = (alert: Alert): void => {
      hasChanged = true;
      this.#announceEvent(alert);
    };
    const alertmanagers = this.#alertmanagers;
    this.#table.begin(now);
    for (const alert of alerts) {
      if (this.#isClosed) return;
      for (const each of alertmanagers) each.take(alert, timeSeconds, intervalSeconds);
      if (!this.#table.take(alert, now, transition)) refused++;
      yield;
    }
    yield* this.#table.resolveLost(now, transition);
    // Alertmanagers wait until it is on disk.
    if (hasChanged) this.#state.changed();
    for (const each of alertmanagers) each.send(timeSeconds);
    if (refused > 0) for (const { name } of this.#receivers) this.#counters.count(name, "failed", refused);
    if (hasChanged) this.#notifier.schedule();
  }

  *#endOthers(current: Iterable<Alert>, timeSeconds: number): Generator<void, void> {
    const kept = new Set<string>();
    for (const alert of current) {
      if (isFiring(alert)) kept.add(identityOf(alert.labels));
      yield;
    }
    const ended: Alert[] = [];
    for (const alert of this.#table.firing()) {
      if (!kept.has(identityOf(alert.labels)))
        ended.push({ ...alert, state: "resolved", resolvedAt: timeSeconds });
      yield;
    }
    yield* this.#evaluation(ended, timeSeconds, this.#settings.intervalSeconds);
  }

  #sender(receiver: Receiver, random: () => number): Sender {
    const { name } = receiver;
    return new Sender({
      receiver,
      clock: this.#clock,
      random,
      refusedMillis: this.#settings.route.groupIntervalMillis,
      changed: (cause) => (cause === "sent" ? this.#state.changedSlightly() : this.#state.changed()),
      saved: () => this.#state.saved(),
      concluded: (outcome) => this.#counters.count(name, outcome),
      delivered: (notification) => {
        this.#counters.count(name, "delivered");
        this.#table.delivered(name, notification, this.#clock.unixMillis());
      },
      forgotten: (key, firing) => this.#table.forget(name, key, firing),
    });
  }

  #announceEvent(alert: Alert): void {
    try {
      this.#onEvent?.(alert.state === "firing" ? "alert.firing" : "alert.resolved", alert);
    } catch (error) {
      this.#once.error("event", () => "alerts: an event could not be recorded", error);
    }
  }

  #suppression(): Suppression {
    return new Suppression(this.#settings, this.#table, this.silences, this.#clock.unixMillis());
  }

  async #lookAgain(): Promise<void> {
    await this.silences.lookInSlices();
    if (!this.#isClosed) this.#lookLater();
  }

  #lookLater(): void {
    this.#cancelLook = this.#clock.setTimer(() => void this.#lookAgain(), LOOK_MILLIS);
  }
}

/** Self metrics of the delivery: notifications sent, and attempts that failed or alerts that were dropped. */
class NotificationCounters {
  readonly #sent: Counter | undefined;
  readonly #failed: Counter | undefined;
  readonly #once = new LogOnce();

  constructor(meter: Meter | undefined) {
    this.#sent = meter?.createCounter("alerts.notifications", {
      unit: "{notification}",
      description: "Notifications that receivers accepted.",
    });
    this.#failed = meter?.createCounter("alerts.notifications.failed", {
      unit: "{notification}",
      description: "Attempts to send a notification that failed, and notifications that were dropped.",
    });
  }

  /** Counts a notification, or several. Never throws, though the meter belongs to the application. */
  count(receiver: string, outcome: "delivered" | "failed" | "dropped", count = 1): void {
    try {
      const counter = outcome === "delivered" ? this.#sent : this.#failed;
      counter?.add(count, { "alert.receiver": receiver });
    } catch (error) {
      this.#once.error("meter", () => "alerts: notifications cannot be counted", error);
    }
  }
}
