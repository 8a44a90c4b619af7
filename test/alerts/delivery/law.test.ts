// The law of delivery: random sequences of states, silences, inhibition, outages and kills.
import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Alert } from "../../../src/alerts/alert.ts";
import { AlertDelivery } from "../../../src/alerts/delivery/index.ts";
import type { Notification } from "../../../src/alerts/delivery/notification.ts";
import type { SendResult, Receiver } from "../../../src/alerts/delivery/receivers/receiver.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { isLong } from "../../kit/test-length.ts";
import { firing, resolved } from "./alerts-of.ts";
import { TurnedClock } from "./turned-clock.ts";

const ALERTS = ["A0", "A1", "B0", "B1"] as const;
const REPEAT_SECONDS = 14_400;
const INTERVAL_SECONDS = 300;

type Step =
  | { readonly kind: "fire" | "resolve" | "silence"; readonly alert: number }
  | { readonly kind: "inhibit"; readonly isOn: boolean }
  | { readonly kind: "outage"; readonly receiver: number; readonly how: "away" | "lost" | "refused" | "back" }
  | { readonly kind: "restart"; readonly isKilled: boolean; readonly downSeconds: number }
  | { readonly kind: "pass"; readonly seconds: number };

const index = fc.nat({ max: ALERTS.length - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom("fire", "resolve"), alert: index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("silence"), alert: index }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("inhibit"), isOn: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("outage"),
      receiver: fc.nat({ max: 1 }),
      how: fc.constantFrom("away", "lost", "refused", "back"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant("restart"),
      isKilled: fc.boolean(),
      downSeconds: fc.constantFrom(0, 60, 600),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant("pass"),
      seconds: fc.constantFrom(5, 31, 120, 301, 3_600, 15_000),
    }),
  },
);

/** One receiver over all lives of the process. */
class Destination {
  how: "away" | "lost" | "refused" | "back" = "back";
  readonly seen: { readonly notification: Notification; readonly seconds: number }[] = [];

  receiver(name: string, takes: Receiver["takes"], clock: TurnedClock, isAlive: () => boolean): Receiver {
    const send = async (notification: Notification): Promise<SendResult> => {
      // A killed process sends nothing.
      if (!isAlive()) return new Promise(() => {});
      if (this.how === "away") return { kind: "failed", reason: "away" };
      if (this.how === "refused") return { kind: "rejected", reason: "refused" };
      this.seen.push({ notification, seconds: clock.monotonicMillis() / 1_000 });
      return this.how === "lost" ? { kind: "failed", reason: "reset" } : { kind: "delivered" };
    };
    return { name, takes, send, close: () => {} };
  }
}

class World {
  readonly clock = new TurnedClock();
  readonly destinations = [new Destination(), new Destination()] as const;
  readonly states = new Map<string, Alert>();
  /** Seconds since which an alert fires without being suppressed. */
  readonly firingSince = new Map<string, number>();
  readonly problems: string[] = [];
  readonly #mustBeSeen: { readonly name: string; readonly since: number }[] = [];
  #silenced: number | undefined;
  #endSilence: () => void = () => {};
  #isInhibited = false;
  #life = 0;
  #folder: string;
  #delivery: AlertDelivery;

  constructor() {
    this.#folder = newFolder("law");
    this.#delivery = this.#start();
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const each of steps) await this.#do(each);
    this.#endSilence();
    this.#silenced = undefined;
    this.#inhibit(false);
    for (const destination of this.destinations) destination.how = "back";
    await this.#pass(3 * INTERVAL_SECONDS);
    await this.#delivery.close();
  }

  async #do(each: Step): Promise<void> {
    switch (each.kind) {
      case "fire":
        this.#fire(each.alert);
        return this.#update();
      case "resolve":
        this.#resolve(each.alert);
        return this.#update();
      case "silence":
        this.#endSilence();
        this.#silenced = each.alert;
        this.#endSilence = this.#delivery.silences.add(`alertname="${ALERTS[each.alert]}"`, {
          until: this.clock.seconds + 10_000_000,
          comment: "law",
        });
        return this.#note();
      case "inhibit":
        this.#inhibit(each.isOn);
        return;
      case "outage":
        this.destinations[each.receiver]!.how = each.how;
        return;
      case "restart":
        return this.#restart(each.isKilled, each.downSeconds);
      case "pass":
        return this.#pass(each.seconds);
      default:
        return each satisfies never;
    }
  }

  #fire(alert: number): void {
    const name = ALERTS[alert]!;
    if (this.states.get(name)?.state === "firing") return;
    this.states.set(name, firing({ alertname: name, group: name[0]! }, this.clock.seconds));
  }

  #resolve(alert: number): void {
    const known = this.states.get(ALERTS[alert]!);
    if (known?.state === "firing") this.states.set(known.name, resolved(known, this.clock.seconds));
  }

  // The source suppresses the alerts of group B.
  #inhibit(isOn: boolean): void {
    const known = this.states.get("Source");
    if (isOn && known?.state !== "firing") {
      this.states.set("Source", firing({ alertname: "Source", group: "S" }, this.clock.seconds));
    } else if (!isOn && known?.state === "firing") {
      this.states.set("Source", resolved(known, this.clock.seconds));
    }
    this.#isInhibited = isOn;
    this.#update();
  }

  async #pass(seconds: number): Promise<void> {
    const interval = Math.max(60, seconds / 20);
    for (let left = seconds; left > 0; left -= interval) {
      await this.clock.pass(Math.min(left, interval));
      this.#update();
    }
  }

  #update(): void {
    const now = this.clock.seconds;
    const alerts = [...this.states.values()].filter(({ resolvedAt }) => now - (resolvedAt ?? now) <= 900);
    this.#delivery.update(alerts, now);
    this.#note();
  }

  #note(): void {
    const now = this.clock.monotonicMillis() / 1_000;
    for (const [i, name] of ALERTS.entries()) {
      const isSuppressed = this.#silenced === i || (this.#isInhibited && name.startsWith("B"));
      const since = this.firingSince.get(name);
      const isOpen = this.states.get(name)?.state === "firing" && !isSuppressed;
      if (isOpen && since === undefined) this.firingSince.set(name, now);
      else if (!isOpen && since !== undefined) {
        this.firingSince.delete(name);
        // Long enough for the next notification of its group to be made.
        if (now - since > INTERVAL_SECONDS + 60) this.#mustBeSeen.push({ name, since });
      }
    }
  }

  async #restart(isKilled: boolean, downSeconds: number): Promise<void> {
    if (isKilled) {
      const folder = join(this.#folder, `life-${++this.#life}`);
      mkdirSync(folder);
      for (const name of ["notifications.json", "silences.json"]) {
        if (existsSync(join(this.#folder, name))) copyFileSync(join(this.#folder, name), join(folder, name));
      }
      this.#folder = folder;
      // Timers of the killed process run, but its requests do not arrive.
    } else {
      await this.#delivery.close();
      this.#life++;
    }
    const before = this.#delivery;
    await this.clock.pass(downSeconds);
    await before.close();
    this.#endSilence = () => {};
    this.#delivery = this.#start();
    // While it was down, nothing could be announced.
    for (const name of this.firingSince.keys())
      this.firingSince.set(name, this.clock.monotonicMillis() / 1_000);
    // The silence is in the file.
    const [silence] = this.#delivery.silences.active();
    if (silence !== undefined) this.#endSilence = () => this.#delivery.silences.end(silence.id);
    this.#update();
  }

  #start(): AlertDelivery {
    const life = this.#life;
    return new AlertDelivery(
      {
        receivers: [],
        route: { groupBy: ["group"] },
        inhibit: [{ source: 'alertname="Source"', target: 'group="B"' }],
      },
      {
        clock: this.clock,
        directory: this.#folder,
        random: () => 0.5,
        receivers: this.destinations.map((each, i) =>
          each.receiver(`d${i}`, i === 0 ? "groups" : "alerts", this.clock, () => life === this.#life),
        ),
      },
    );
  }

  verdict(): string[] {
    for (const [i, { seen }] of this.destinations.entries()) {
      const view = new Map<string, { readonly state: string; readonly seconds: number }>();
      const changes: { readonly name: string; readonly state: string; readonly seconds: number }[] = [];
      const ids = new Set<string>();
      for (const { notification, seconds } of seen) {
        // A copy has the id of the original.
        if (ids.has(notification.id)) continue;
        ids.add(notification.id);
        let hasNews = false;
        for (const { name, state } of notification.alerts) {
          const before = view.get(name);
          if (state === "resolved" && before?.state !== "firing") {
            this.problems.push(`d${i} at ${seconds}: ${name} resolved after ${before?.state}`);
          }
          if (before?.state === state && seconds - before.seconds < REPEAT_SECONDS - 1) continue;
          hasNews = true;
          view.set(name, { state, seconds });
          changes.push({ name, state, seconds });
        }
        if (!hasNews) this.problems.push(`d${i} at ${seconds}: nothing new in ${notification.id}`);
      }
      for (const { name, state } of this.states.values()) {
        const last = view.get(name)?.state;
        if (state === "firing" ? last !== "firing" : last === "firing") {
          this.problems.push(`d${i}: ${name} is ${state}, last seen ${last}`);
        }
      }
      for (const { name, since } of this.#mustBeSeen) {
        const ofAlert = changes.filter((each) => each.name === name);
        const before = ofAlert.findLast(({ seconds }) => seconds <= since);
        const isSeen = ofAlert.some(({ state, seconds }) => state === "firing" && seconds >= since);
        if (!isSeen && before?.state !== "firing") {
          this.problems.push(`d${i}: ${name} fired at ${since}, and was never announced`);
        }
      }
    }
    return this.problems;
  }
}

test("each receiver sees each alert fire and resolve in turn, and nothing is lost or new twice", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const world = new World();
      await world.run(steps);
      expect(world.verdict()).toEqual([]);
    }),
    { numRuns: isLong ? 2_000 : 30 },
  );
}, 1_800_000);
