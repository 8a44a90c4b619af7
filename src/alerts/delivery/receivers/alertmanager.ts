import { RetryLoop } from "../../../io/retry-loop.ts";
import type { Alert } from "../../alert.ts";
import { warnOnceAMinute } from "../../../diagnostics/rate-limit.ts";
import { logLine } from "../../../diagnostics/foreign-text.ts";
import type { DeliveryClock } from "../clock.ts";
import type { AlertmanagerSettings } from "../settings.ts";
import { identityOf } from "../identity.ts";
import { isoTime } from "../notification.ts";
import type { SendResult, ExternalUrl } from "./receiver.ts";
import { HttpPost } from "./http-post.ts";

/** Time between two transmissions of an alert, as in Prometheus. */
const RESEND_MILLIS = 60_000;
// A longer pause is that of the process, not of the rule.
const MAX_GAP_MILLIS = 3_600_000;
/** Time for which a resolved alert is sent again. */
const RESOLVED_MILLIS = 900_000;
// A resolved alert that could not be sent is kept for a day.
const MAX_UNSENT_MILLIS = 86_400_000;
// As Prometheus.
const MAX_BATCH = 256;
// Statuses that may be due to one alert of a batch. All others, such as 401 and 404, refuse any alert.
const OF_CONTENT: ReadonlySet<number | undefined> = new Set([400, 413, 422]);
const MAX_ALERTS = 10_000;

/** Parts of an Alertmanager's sender. */
export interface AlertmanagerParts {
  readonly clock: DeliveryClock;
  readonly random: () => number;
  /** Absolute URL of the application's page. */
  readonly externalUrl: ExternalUrl;
  /** Resolves once all changes are on disk, or cannot be written now. */
  readonly saved: () => Promise<void>;
  /** Called after each request, and with the number of alerts that were dropped. Must not throw. */
  readonly concluded: (outcome: "delivered" | "failed", count?: number) => void;
}

/** An alert with the times, in milliseconds of the evaluations, of its latest transmissions. */
interface Tracked {
  alert: Alert;
  /** Latest evaluation. */
  evaluatedMillis: number;
  /** Time until which the alert is valid without another transmission. */
  validUntilMillis: number;
  /** Evaluation in the last accepted transmission. */
  sentAtMillis: number;
  isSentResolved: boolean;
  isDue: boolean;
}

/**
 * Sends alerts to an Alertmanager as Prometheus does: when they begin to fire, each minute, and for 15 minutes after they
 * resolved. While it is away the latest state of each alert waits.
 */
export class Alertmanager {
  readonly name: string;
  readonly #parts: AlertmanagerParts;
  readonly #post: HttpPost;
  readonly #alerts = new Map<string, Tracked>();
  readonly #loop: RetryLoop<readonly Tracked[]>;
  // Set once this Alertmanager has refused a name that needs UTF-8.
  #escapesNames = false;

  constructor(name: string, { url, headers }: AlertmanagerSettings, parts: AlertmanagerParts) {
    this.name = name;
    this.#parts = parts;
    this.#post = new HttpPost(url, headers);
    this.#loop = new RetryLoop({
      timers: parts.clock,
      random: parts.random,
      next: () => this.#next(),
      send: (batch) => this.#send(batch),
    });
  }

  /** Takes an alert of an evaluation. {@link Alertmanager.send} follows after the last one. */
  take(alert: Alert, timeSeconds: number, intervalSeconds: number): void {
    if (alert.state === "pending") return;
    const now = Math.round(timeSeconds * 1_000);
    const identity = identityOf(alert.labels);
    const tracked = this.#alerts.get(identity) ?? this.#track(identity, alert, now);
    if (tracked === undefined) return;
    const isOver = alert.state === "resolved";
    // A new firing of the same alert is sent at once, as a new one.
    const isNews = isOver !== tracked.isSentResolved || alert.firedAt !== tracked.alert.firedAt;
    tracked.alert = { ...alert };
    // The rule may be evaluated less often than others.
    const gap = Math.min(now - tracked.evaluatedMillis, MAX_GAP_MILLIS);
    tracked.evaluatedMillis = now;
    tracked.validUntilMillis = now + 4 * Math.max(RESEND_MILLIS, intervalSeconds * 1_000, gap);
    // Evaluations come at multiples of their interval: at exactly the delay, it is due. The clock may be set back.
    const isOld = now - tracked.sentAtMillis >= RESEND_MILLIS || now < tracked.sentAtMillis;
    if (isNews || isOld) tracked.isDue = true;
  }

  /** Sends what is due after an evaluation. */
  send(timeSeconds: number): void {
    this.#forget(Math.round(timeSeconds * 1_000));
    this.#loop.start();
  }

  /** Tries everything that is due once more now, except during a pause that the Alertmanager requested. */
  flush(): Promise<void> {
    return this.#loop.flush();
  }

  /** Sends one alert, which ends by itself, once. */
  async test(alert: Alert): Promise<SendResult> {
    const now = alert.activeAt * 1_000;
    const json = this.#json(alert, now, now + RESEND_MILLIS);
    return this.#post.attempt(JSON.stringify([json]), this.#loop.signal);
  }

  async close(): Promise<void> {
    await this.#loop.close();
    this.#post.close();
  }

  #track(identity: string, alert: Alert, nowMillis: number): Tracked | undefined {
    // Its end is known, since the last transmission had it.
    if (nowMillis - (alert.resolvedAt ?? Infinity) * 1_000 > RESOLVED_MILLIS) return undefined;
    if (this.#alerts.size >= MAX_ALERTS) {
      this.#parts.concluded("failed", 1);
      warnOnceAMinute(
        `alert receiver "${this.name}": more than ${MAX_ALERTS} alerts; further ones are not sent`,
      );
      return undefined;
    }
    const tracked = {
      alert,
      evaluatedMillis: nowMillis,
      validUntilMillis: 0,
      sentAtMillis: -Infinity,
      isSentResolved: false,
      isDue: true,
    };
    this.#alerts.set(identity, tracked);
    return tracked;
  }

  #forget(nowMillis: number): void {
    for (const [identity, { alert, isDue, validUntilMillis }] of this.#alerts) {
      const end = alert.resolvedAt === undefined ? validUntilMillis : alert.resolvedAt * 1_000;
      const age = nowMillis - end;
      if (age > MAX_UNSENT_MILLIS || (!isDue && age > RESOLVED_MILLIS)) this.#alerts.delete(identity);
    }
  }

  #next(): readonly Tracked[] | number {
    const due = [...this.#alerts.values()].filter(({ isDue }) => isDue).slice(0, MAX_BATCH);
    return due.length === 0 ? Infinity : due;
  }

  async #send(batch: readonly Tracked[]): Promise<void> {
    // After a kill, the state on disk says which alerts may fire here and have ended.
    await this.#parts.saved();
    const attempt = await this.#attempt(batch);
    // The valid alerts of a refused batch may be stored or not. Each is sent once more, alone.
    if (attempt === undefined || batch.length === 1 || !isOfContent(attempt)) return;
    for (const each of batch) {
      const single = await this.#attempt([each]);
      if (single === undefined || single.kind === "failed") return;
    }
  }

  async #attempt(batch: readonly Tracked[]): Promise<SendResult | undefined> {
    const sent = batch.map((each) => ({ each, ...each }));
    const json = (): string =>
      JSON.stringify(
        sent.map(({ alert, evaluatedMillis, validUntilMillis }) =>
          this.#json(alert, evaluatedMillis, validUntilMillis),
        ),
      );
    const post = (): Promise<SendResult | undefined> =>
      this.#loop.attempt<SendResult>(
        (signal) => this.#post.attempt(json(), signal),
        (reason) => ({ kind: "failed", reason }),
      );
    let attempt = await post();
    if (attempt?.kind === "rejected" && !this.#escapesNames && /label/i.test(attempt.reason)) {
      this.#escapesNames = batch.some(
        ({ alert: { labels, annotations } }) => !hasLegacyNames(labels) || !hasLegacyNames(annotations),
      );
      if (this.#escapesNames) attempt = await post();
    }
    if (attempt === undefined) return undefined;
    this.#conclude(attempt, batch.length);
    // A refusal without a split is tried again a minute later, as after any transmission.
    if (attempt.kind !== "failed" && (batch.length === 1 || !isOfContent(attempt))) {
      for (const { each, alert, evaluatedMillis } of sent) {
        each.sentAtMillis = evaluatedMillis;
        each.isSentResolved = alert.state === "resolved";
        each.isDue = each.alert.state !== alert.state || each.alert.firedAt !== alert.firedAt;
      }
    }
    return attempt;
  }

  #conclude(attempt: SendResult, alerts: number): void {
    const { concluded } = this.#parts;
    if (attempt.kind === "delivered") return concluded("delivered");
    concluded("failed");
    warnOnceAMinute(
      `alert receiver "${this.name}" did not take ${alerts} alerts (${logLine(attempt.reason)})`,
      `${this.name} ${attempt.kind}`,
    );
  }

  #json(
    { labels, annotations, firedAt, activeAt, resolvedAt }: Alert,
    evaluatedMillis: number,
    validUntilMillis: number,
  ): object {
    const end = resolvedAt ?? validUntilMillis / 1_000;
    // The start must not be after the end, though the clock may have been set back.
    const start = Math.min(firedAt ?? activeAt, resolvedAt ?? evaluatedMillis / 1_000);
    const externalUrl = this.#parts.externalUrl();
    return {
      labels: this.#escapesNames ? withLegacyNames(labels) : labels,
      annotations: this.#escapesNames ? withLegacyNames(annotations) : annotations,
      startsAt: isoTime(start),
      endsAt: isoTime(end),
      ...(externalUrl !== undefined && { generatorURL: externalUrl }),
    };
  }
}

function isOfContent(attempt: SendResult): boolean {
  return attempt.kind === "rejected" && OF_CONTENT.has(attempt.status);
}

const LEGACY = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

function hasLegacyNames(labels: Readonly<Record<string, string>>): boolean {
  return Object.keys(labels).every((name) => LEGACY.test(name));
}

/** Labels with underscores instead of other characters. If two names become equal, a number is appended. */
function withLegacyNames(labels: Readonly<Record<string, string>>): Record<string, string> {
  const names = Object.keys(labels);
  // Valid names stay as they are.
  const taken = new Set(names.filter((name) => LEGACY.test(name)));
  return Object.fromEntries(
    names.toSorted().map((name) => {
      if (LEGACY.test(name)) return [name, labels[name] ?? ""];
      const base = name.replaceAll(/[^a-zA-Z0-9_]/g, "_").replace(/^(?=\d|$)/, "_");
      let unique = base;
      for (let i = 2; taken.has(unique); i++) unique = `${base}_${i}`;
      taken.add(unique);
      return [unique, labels[name] ?? ""];
    }),
  );
}
