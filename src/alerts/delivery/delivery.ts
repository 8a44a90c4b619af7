import type { Meter } from "@opentelemetry/api";
import { randomUUID } from "node:crypto";
import { join, resolve } from "node:path";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { LogOnce } from "../../diagnostics/log-once.ts";
import { warnOnceAMinute } from "../../diagnostics/rate-limit.ts";
import { Slices } from "../../io/yield.ts";
import type { Alert } from "../alert.ts";
import { type DeliveryClock, systemClock } from "./clock.ts";
import { NotificationCounters } from "./counters.ts";
import { identityOf } from "./identity.ts";
import type { Notification } from "./notification.ts";
import { DELIVERY, type DeliveryOptions } from "./options/delivery-options.ts";
import { Alertmanager } from "./receivers/alertmanager.ts";
import { makeReceiver } from "./receivers/make-receiver.ts";
import type { Receiver } from "./receivers/receiver.ts";
import { announce, type Group, planOf } from "./routing/group.ts";
import { GroupTable } from "./routing/group-table.ts";
import type { AlertMatchers } from "./routing/alert-matchers.ts";
import { type Silence, type SilenceOptions, Silences } from "./routing/silences.ts";
import type { Waiting } from "./sending/lane.ts";
import { Sender } from "./sending/sender.ts";
import { StateFile } from "./sending/state-file.ts";
import { groupBytes, groupFrom, stateBytes, stateFrom } from "./sending/state-json.ts";
import { waitingPieces } from "./sending/waiting-pieces.ts";
import type { DeliverySettings } from "./settings.ts";
import { Suppression, type SuppressionReasons } from "./suppression.ts";
import { type DeliveryReport, testReports } from "./test-alert.ts";

/** Events of alerts. */
export type AlertEventType = "alert.firing" | "alert.resolved";

/** Parts of a delivery besides its options. */
export interface DeliveryParts {
  /** A folder for `notifications.json` and `silences.json`. Without one, both are lost with the process. */
  readonly directory?: string | undefined;
  /** Called once for each alert that begins to fire or is resolved, whether it is silenced or not. */
  readonly onEvent?: ((type: AlertEventType, alert: Alert) => void) | undefined;
  /** Meter of `alerts.notifications` and `alerts.notifications.failed`. */
  readonly meter?: Meter | undefined;
  /** Absolute URL of the application's page, for links in notifications. */
  readonly externalUrl?: string | undefined;
  /** Replaceable by tests. */
  readonly clock?: DeliveryClock | undefined;
  /** Returns a number from 0 to 1. */
  readonly random?: (() => number) | undefined;
  /** More receivers, for tests. */
  readonly receivers?: readonly Receiver[] | undefined;
}

// Groups that are due together are sent together.
const MIN_TICK_MILLIS = 50;
// A tick continues in the next turn of the event loop after this time.
const SLICE_MILLIS = 2;
const LOOK_MILLIS = 5_000;

/** Routes alerts to receivers: groups, silences, inhibition, mute times, retries, and what survives the process. */
export class Delivery {
  readonly #settings: DeliverySettings;
  readonly #clock: DeliveryClock;
  readonly #onEvent: DeliveryParts["onEvent"];
  readonly #counters: NotificationCounters;
  readonly #table: GroupTable;
  readonly #silences: Silences;
  readonly #receivers: readonly Receiver[];
  readonly #senders = new Map<string, Sender>();
  readonly #alertmanagers: readonly Alertmanager[];
  readonly #state: StateFile | undefined;
  readonly #once = new LogOnce();
  // The first notification of each lane, as written last.
  #heads: readonly Waiting[] = [];
  #cancelTick: () => void = () => {};
  #tickAtMillis = Infinity;
  #cancelLook: () => void = () => {};
  #isClosed = false;

  /**
   * Reads the state of the directory and sends what waits there.
   *
   * @throws OptionsError with all invalid options.
   */
  constructor(options: DeliveryOptions | DeliverySettings, parts: DeliveryParts = {}) {
    const settings = DELIVERY.settings(options);
    const { clock = systemClock, random = Math.random, externalUrl, receivers = [] } = parts;
    // The process may change its working directory later.
    const directory = parts.directory === undefined ? undefined : resolve(parts.directory);
    this.#settings = settings;
    this.#clock = clock;
    this.#onEvent = parts.onEvent;
    this.#counters = new NotificationCounters(parts.meter);
    this.#table = new GroupTable(settings.route);
    this.#silences = new Silences(() => clock.unixMillis(), directory);
    this.#receivers = [
      ...settings.receivers.flatMap((each) =>
        each.kind === "alertmanager" ? [] : [makeReceiver(each, externalUrl)],
      ),
      ...receivers,
    ];
    this.#alertmanagers = settings.receivers.flatMap((each) =>
      each.kind === "alertmanager"
        ? [
            new Alertmanager(each.name, each, {
              clock,
              random,
              externalUrl,
              intervalSeconds: settings.intervalSeconds,
              concluded: (outcome, count) => this.#count(each.name, outcome, count),
            }),
          ]
        : [],
    );
    for (const receiver of this.#receivers) this.#senders.set(receiver.name, this.#sender(receiver, random));
    if (directory !== undefined) {
      this.#state = new StateFile({
        file: join(directory, "notifications.json"),
        clock,
        content: () => this.#content(),
        prepare: () => this.#prepare(),
        written: () => {
          for (const each of this.#heads) each.isSaved = true;
        },
      });
      this.#state.load((text) => this.#restore(text));
      this.#lookLater();
    }
    for (const sender of this.#senders.values()) sender.start();
    this.#schedule();
  }

  /**
   * Takes over the alerts of one evaluation: all that fire, and those that resolved in the last 15 minutes. Alerts of
   * other groups of rules stay as they are. Never throws and never waits.
   *
   * @param intervalSeconds time to the next one, if it is not that of the options.
   */
  update(
    alerts: readonly Alert[],
    timeSeconds: number,
    intervalSeconds: number = this.#settings.intervalSeconds,
  ): void {
    if (this.#isClosed) return;
    try {
      for (const each of this.#alertmanagers) each.update(alerts, timeSeconds, intervalSeconds);
      const [unixMillis, monotonicMillis] = [this.#clock.unixMillis(), this.#clock.monotonicMillis()];
      const now = { unixMillis, monotonicMillis, timeSeconds, intervalSeconds };
      let hasChanged = false;
      const refused = this.#table.update(alerts, now, (alert) => {
        hasChanged = true;
        this.#announceEvent(alert);
      });
      if (refused > 0) for (const { name } of this.#receivers) this.#counters.failed(name, refused);
      if (!hasChanged) return;
      this.#state?.changed();
      this.#schedule();
    } catch (error) {
      warnOnceAMinute(`alerts: an evaluation could not be delivered (${errorMessage(error)})`);
    }
  }

  /** The alerts that fire, also those of a previous process. */
  firing(): readonly Alert[] {
    return [...this.#table.firing()];
  }

  /** Resolves alerts of a previous process that are not among the current ones. Never throws. */
  retain(current: readonly Alert[], timeSeconds: number): void {
    this.update(this.#table.endedBut(current, timeSeconds), timeSeconds);
  }

  /**
   * Silences alerts: they are not sent to receivers other than Alertmanagers. An alert that was announced before and
   * resolves meanwhile is reported as resolved after the end. Returns a function that ends the silence.
   *
   * @throws OptionsError if the matchers, the end or the comment are invalid.
   *
   * @example
   * const end = delivery.silence('alertname="DiskFull", instance="db-1"', {
   *   until: new Date(Date.now() + 3_600_000),
   *   comment: "the disk is being replaced",
   * });
   */
  silence(matchers: AlertMatchers, options: SilenceOptions): () => void {
    return this.#silences.add(matchers, options);
  }

  /** The silences that have begun and not ended. */
  silences(): readonly Silence[] {
    return this.#silences.active();
  }

  /** Ends a silence by its id. */
  endSilence(id: string): void {
    this.#silences.end(id);
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
    await Promise.all([
      ...[...this.#senders.values()].map((each) => each.flush()),
      ...this.#alertmanagers.map((each) => each.flush()),
    ]);
    await this.#state?.saved();
  }

  /** Ends running requests and all timers. Waiting notifications stay in the directory. Never rejects. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTick();
    this.#cancelLook();
    await Promise.all([
      ...[...this.#senders.values()].map((each) => each.close()),
      ...this.#alertmanagers.map((each) => each.close()),
    ]);
    await this.#state?.saved();
    await this.#silences.close();
  }

  #sender(receiver: Receiver, random: () => number): Sender {
    const { name } = receiver;
    return new Sender({
      receiver,
      clock: this.#clock,
      random,
      refusedMillis: this.#settings.route.groupIntervalMillis,
      changed: (cause) => (cause === "sent" ? this.#state?.changedSlightly() : this.#state?.changed()),
      saved: () => this.#state?.saved() ?? Promise.resolve(),
      concluded: (outcome) => this.#count(name, outcome),
      delivered: ({ groupKey }) => this.#delivered(name, groupKey),
      forgotten: (key, firing) => this.#forget(name, key, firing),
    });
  }

  // Loggers and meters belong to the application.
  #count(receiver: string, outcome: "delivered" | "failed" | "dropped", count?: number): void {
    try {
      if (outcome === "delivered") this.#counters.sent(receiver);
      else this.#counters.failed(receiver, count);
    } catch (error) {
      this.#once.error("meter", () => "alerts: notifications cannot be counted", error);
    }
  }

  #announceEvent(alert: Alert): void {
    try {
      this.#onEvent?.(alert.state === "firing" ? "alert.firing" : "alert.resolved", alert);
    } catch (error) {
      this.#once.error("event", () => "alerts: an event could not be recorded", error);
    }
  }

  // The repeat interval begins when the receiver knows the alerts.
  #delivered(receiver: string, groupKey: string): void {
    this.#count(receiver, "delivered");
    const group = this.#table.get(groupKey);
    if (group === undefined) return;
    group.announcedTo(receiver).lastUnixMillis = this.#clock.unixMillis();
    group.bytes = undefined;
  }

  // Alerts of a dropped notification are announced again.
  #forget(receiver: string, groupKey: string, firing: ReadonlySet<string>): void {
    const group = this.#table.get(groupKey);
    if (group === undefined) return;
    for (const identity of firing) group.announcedTo(receiver).alerts.delete(identity);
    group.bytes = undefined;
  }

  #suppression(): Suppression {
    return new Suppression(this.#settings, this.#table, this.#silences, this.#clock.unixMillis());
  }

  #schedule(): void {
    if (this.#isClosed) return;
    const due = Math.min(...[...this.#table.groups].map(({ dueMillis }) => dueMillis));
    const now = this.#clock.monotonicMillis();
    const tickAt = Math.max(due, now + MIN_TICK_MILLIS);
    if (tickAt >= this.#tickAtMillis) return;
    this.#cancelTick();
    this.#tickAtMillis = tickAt;
    this.#cancelTick = this.#clock.setTimer(() => this.#tick(), Math.ceil(tickAt - now));
  }

  #tick(): void {
    this.#tickAtMillis = Infinity;
    try {
      const suppression = this.#suppression();
      const begin = performance.now();
      const now = this.#clock.monotonicMillis();
      for (const group of this.#table.groups) {
        if (group.dueMillis > now) continue;
        this.#notify(group, suppression);
        if (performance.now() - begin > SLICE_MILLIS) break;
      }
    } catch (error) {
      warnOnceAMinute(`alerts: notifications could not be made (${errorMessage(error)})`);
    }
    for (const sender of this.#senders.values()) sender.start();
    this.#schedule();
  }

  #notify(group: Group, suppression: Suppression): void {
    const { groupIntervalMillis, repeatIntervalMillis } = this.#settings.route;
    group.dueMillis = this.#clock.monotonicMillis() + groupIntervalMillis;
    if (!group.wasFlushed) group.bytes = undefined;
    group.wasFlushed = true;
    const nowUnixMillis = this.#clock.unixMillis();
    for (const { name, takes } of this.#receivers) {
      const sender = this.#senders.get(name);
      const isSuppressed = (alert: Alert): boolean => suppression.suppresses(alert);
      const plan = planOf(group, name, isSuppressed, { nowUnixMillis, repeatMillis: repeatIntervalMillis });
      if (plan === undefined || sender === undefined) continue;
      const isNews = plan.fresh.length > 0 || plan.resolved.length > 0;
      const make = (alerts: readonly Alert[]): Notification => ({
        id: randomUUID(),
        groupKey: group.key,
        groupLabels: group.labels,
        alerts,
        timeUnixMillis: nowUnixMillis,
      });
      if (takes === "groups") {
        // The waiting notification says the same.
        if (isNews || !sender.lanes.has(group.key)) {
          sender.add(group.key, make([...plan.firing, ...plan.resolved]));
        }
      } else {
        for (const alert of [...(plan.isRepeat ? plan.firing : plan.fresh), ...plan.resolved]) {
          const lane = identityOf(alert.labels);
          if (isNews || !sender.lanes.has(lane)) sender.add(lane, make([alert]));
        }
      }
      announce(group, name, plan, nowUnixMillis);
    }
    this.#table.tidy(group);
    this.#state?.changed();
  }

  // Later changes are written by `#content`, so that the file shows the state of one moment.
  async #prepare(): Promise<void> {
    const slices = new Slices();
    for (const _ of this.#groupPieces()) await slices.next();
    for (const _ of waitingPieces(this.#senders)) await slices.next();
  }

  #content(): Uint8Array[] {
    this.#heads = [...this.#senders.values()].flatMap(({ lanes }) =>
      [...lanes.values()].flatMap(({ waiting }) => waiting.slice(0, 1)),
    );
    return stateBytes([...this.#groupPieces()], [...waitingPieces(this.#senders)]);
  }

  *#groupPieces(): Generator<Uint8Array> {
    const offset = this.#clock.unixMillis() - this.#clock.monotonicMillis();
    for (const group of this.#table.groups) {
      yield (group.bytes ??= groupBytes(group, group.dueMillis + offset));
    }
  }

  #restore(text: string): void {
    const { groups, waiting } = stateFrom(text);
    const now = this.#clock.monotonicMillis();
    const { groupIntervalMillis } = this.#settings.route;
    for (const stored of groups) {
      const wait = stored.dueUnixMillis - this.#clock.unixMillis();
      const due = now + Math.min(Math.max(wait, 0), groupIntervalMillis);
      const group = groupFrom(stored, due);
      // A receiver that was removed waits for nothing.
      for (const receiver of group.announced.keys()) {
        if (!this.#senders.has(receiver)) group.announced.delete(receiver);
      }
      this.#table.restore(group);
    }
    const lanes = new Map<string, { receiver: string; lane: string; notifications: Notification[] }>();
    for (const { receiver, lane, notification } of waiting) {
      const key = JSON.stringify([receiver, lane]);
      const known = lanes.get(key);
      if (known === undefined) lanes.set(key, { receiver, lane, notifications: [notification] });
      else known.notifications.push(notification);
    }
    for (const { receiver, lane, notifications } of lanes.values()) {
      this.#senders.get(receiver)?.restore(lane, notifications);
    }
  }

  #lookLater(): void {
    this.#cancelLook = this.#clock.setTimer(() => {
      this.#silences.look();
      if (!this.#isClosed) this.#lookLater();
    }, LOOK_MILLIS);
  }
}
