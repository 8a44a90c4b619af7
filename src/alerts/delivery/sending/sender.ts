import { RetryLoop } from "../../../io/retry-loop.ts";
import { randomUUID } from "node:crypto";
import { logLine } from "../../../diagnostics/foreign-text.ts";
import { warnOnceAMinute } from "../../../diagnostics/rate-limit.ts";
import { Slices } from "../../../io/yield.ts";
import type { DeliveryClock } from "../clock.ts";
import type { Notification, QueuedNotification } from "../notification.ts";
import type { SendResult, Receiver } from "../receivers/receiver.ts";
import { Lane, type Waiting } from "./lane.ts";
import type { StoredNotification } from "./state-json.ts";

// A refused notification is tried again, since the receiver's settings may be mended, but not forever.
const MAX_REFUSED_MILLIS = 86_400_000;
const MAX_ALERTS = 20_000;

/** Parts of a sender. */
export interface SenderParts {
  readonly receiver: Receiver;
  readonly clock: DeliveryClock;
  readonly random: () => number;
  /** Pause after a refused notification. */
  readonly refusedMillis: number;
  /** Called after each change of what waits; with `sent` after each attempt. */
  readonly changed: (cause: "added" | "sent") => void;
  /** Resolves once all changes are on disk, or cannot be written now. */
  readonly saved: () => Promise<void>;
  /** Called after each attempt, and with `dropped` if states of alerts are given up. Must not throw. */
  readonly concluded: (outcome: "failed" | "dropped") => void;
  /** Called after each notification that was accepted. Must not throw. */
  readonly delivered: (notification: Notification) => void;
  /** Called with the group and the alerts of a firing notification that was given up. Must not throw. */
  readonly forgotten: (groupKey: string, firing: ReadonlySet<string>) => void;
}

/** Sends the notifications of one receiver, one at a time; those of one lane in order. */
export class Sender {
  readonly #parts: SenderParts;
  // In the order in which they are tried.
  readonly #lanes = new Map<string, Lane>();
  readonly #loop: RetryLoop<[key: string, lane: Lane]>;
  readonly #slices = new Slices();
  // The lane whose notification is being sent.
  #head: Lane | undefined;
  // Number of all alerts that wait.
  #alerts = 0;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#loop = new RetryLoop({
      timers: parts.clock,
      random: parts.random,
      next: (now) => this.#next(now),
      send: async ([key, lane]) => {
        try {
          await this.#send(key, lane);
        } finally {
          this.#head = undefined;
        }
      },
    });
  }

  get lanes(): ReadonlyMap<string, Lane> {
    return this.#lanes;
  }

  /** Adds a notification. Those of one lane are sent in order. Call {@link Sender.start} afterwards. */
  add(lane: string, notification: QueuedNotification): void {
    const known = this.#lanes.get(lane) ?? new Lane();
    this.#lanes.set(lane, known);
    this.#alerts -= known.alerts;
    if (known.add(notification, randomUUID) > 0) this.#parts.concluded("dropped");
    this.#alerts += known.alerts;
    if (this.#alerts > MAX_ALERTS) this.#makeRoom();
    this.#parts.changed("added");
  }

  /** Adds notifications from the state file, which may have been sent before. */
  restore(lane: string, stored: readonly StoredNotification[]): void {
    const waiting = stored.map(({ notification, refusedSinceUnixMillis }, i) => ({
      notification,
      refusedSinceUnixMillis,
      isAttempted: i === 0,
      isSaved: i === 0,
      bytes: undefined,
    }));
    const known = this.#lanes.get(lane) ?? new Lane();
    this.#lanes.set(lane, known);
    this.#alerts -= known.alerts;
    known.addBefore(waiting);
    this.#alerts += known.alerts;
  }

  /** Sends what is due now, and later the rest. */
  start(): void {
    this.#loop.start();
  }

  /** Tries everything once more now, except during a pause that the receiver requested. Resolves when that is done. */
  async flush(): Promise<void> {
    for (const lane of this.#lanes.values()) lane.notBeforeMillis = 0;
    await this.#loop.flush();
  }

  /** Ends a running request; what waits stays in the state file. */
  async close(): Promise<void> {
    await this.#loop.close();
    this.#parts.receiver.close();
  }

  #next(now: number): [key: string, lane: Lane] | number {
    let due = Infinity;
    for (const each of this.#lanes) {
      if (each[1].notBeforeMillis <= now) return each;
      due = Math.min(due, each[1].notBeforeMillis);
    }
    return due;
  }

  async #send(key: string, lane: Lane): Promise<void> {
    const [head] = lane.waiting;
    if (head === undefined) return void this.#lanes.delete(key);
    this.#head = lane;
    // From here on nothing is merged into it.
    head.isAttempted = true;
    if (!head.isSaved) await this.#parts.saved();
    await this.#slices.next();
    const { receiver } = this.#parts;
    const { fresh: _, ...notification } = head.notification;
    const attempt = await this.#loop.attempt<SendResult>(
      (signal) => receiver.send(notification, signal),
      (reason) => ({ kind: "failed", reason }),
    );
    if (attempt === undefined) return;
    if (attempt.kind === "delivered") {
      this.#alerts -= head.notification.alerts.length;
      lane.shift();
      this.#parts.delivered(head.notification);
    } else this.#retryLater(key, lane, head, attempt);
    if (lane.waiting.length === 0) this.#lanes.delete(key);
    this.#parts.changed("sent");
  }

  #retryLater(
    key: string,
    lane: Lane,
    head: Waiting,
    attempt: Exclude<SendResult, { readonly kind: "delivered" }>,
  ): void {
    const { clock, receiver, refusedMillis, concluded } = this.#parts;
    const now = clock.monotonicMillis();
    const reason = logLine(attempt.reason);
    concluded("failed");
    // The others are tried before it: the failure may be caused by this notification alone.
    this.#lanes.delete(key);
    this.#lanes.set(key, lane);
    const before = head.refusedSinceUnixMillis;
    const since = attempt.kind === "rejected" ? (before ?? clock.unixMillis()) : undefined;
    if (since !== before) head.bytes = undefined;
    head.refusedSinceUnixMillis = since;
    if (since !== undefined) {
      lane.notBeforeMillis = now + refusedMillis;
      if (clock.unixMillis() - since > MAX_REFUSED_MILLIS) return this.#drop(lane, reason);
      warnOnceAMinute(
        `alert receiver "${receiver.name}" refused a notification (${reason}); it is tried again in ${refusedMillis / 1_000} s`,
        `${receiver.name} refused`,
      );
      return;
    }
    warnOnceAMinute(
      `alert receiver "${receiver.name}" did not take a notification (${reason}); it is tried again`,
      `${receiver.name} failed`,
    );
  }

  #drop(lane: Lane, reason: string): void {
    const { receiver } = this.#parts;
    warnOnceAMinute(
      `alert receiver "${receiver.name}" refused a notification for a day (${reason}); it is dropped`,
      `${receiver.name} dropped`,
    );
    this.#dropHead(lane);
  }

  // The oldest alerts are dropped, except those that are being sent.
  #makeRoom(): void {
    for (const [key, lane] of this.#lanes) {
      if (this.#alerts <= MAX_ALERTS) break;
      if (lane === this.#head) continue;
      while (lane.waiting.length > 0) this.#dropHead(lane);
      this.#lanes.delete(key);
    }
    warnOnceAMinute(
      `alert receiver "${this.#parts.receiver.name}": more than ${MAX_ALERTS} alerts wait; the oldest are dropped`,
      `${this.#parts.receiver.name} full`,
    );
  }

  #dropHead(lane: Lane): void {
    const groupKey = lane.waiting[0]?.notification.groupKey ?? "";
    this.#alerts -= lane.alerts;
    this.#parts.concluded("dropped");
    this.#parts.forgotten(groupKey, lane.drop());
    this.#alerts += lane.alerts;
  }
}
