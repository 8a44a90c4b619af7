// Real faults of a real application: the alert of each lists the cause among the first three series.
import { expect, onTestFinished, test } from "vitest";
import { Alerts } from "../../../src/alerts/alerts.ts";
import { ALERTS } from "../../../src/alerts/options.ts";
import { AlertCorrelator } from "../../../src/anomalies/correlation/alert-correlator.ts";
import { NearbyEvents } from "../../../src/anomalies/correlation/nearby-events.ts";
import { Events } from "../../../src/events/events.ts";
import type { Source } from "../../../src/query/source.ts";
import { Random } from "../../kit/random.ts";
import { isLong, seed } from "../../kit/test-length.ts";
import { openShop, type ShopState } from "./shop.ts";

const RESOLUTION_MILLIS = 250;
const QUIET_SAMPLES = isLong ? 160 : 56;

interface Fault {
  readonly name: string;
  readonly begin: (state: ShopState) => void;
  /** Expression of the rule. */
  readonly alert: string;
  /** Default: 1 s. */
  readonly for?: string;
  /** The series of the cause, as in the annotation. */
  readonly cause: string;
}

const mean = (metric: string): string => `sum(rate(${metric}_sum[3s])) / sum(rate(${metric}_count[3s]))`;
const SLOW = `${mean("shop_request_duration_seconds")} > 0.6`;
const WAITING = `${mean("job_wait_duration_seconds")} > 0.8`;

const FAULTS: readonly Fault[] = [
  {
    name: "a leak",
    begin: (state) => (state.isLeaking = true),
    alert: "cache_bytes > 3e6",
    cause: "cache_entries up",
  },
  {
    name: "a slow dependency",
    begin: (state) => (state.billingMillis = 1_200),
    alert: SLOW,
    for: "2s",
    cause: 'dependency_duration_seconds{dependency="billing"} up',
  },
  {
    name: "a noisy neighbour",
    begin: (state) => state.jobs.set("b", 100),
    alert: WAITING,
    cause: 'jobs_added_total{tenant="b"} up',
  },
  {
    name: "a killed worker",
    begin: (state) => {
      state.liveWorkers.delete("2");
      for (const tenant of ["a", "b", "c"]) state.jobs.set(tenant, 2);
    },
    alert: "queue_size > 60",
    cause: 'jobs_worked_total{worker="2"} down',
  },
  {
    name: "a lock that is held long",
    begin: (state) => (state.lockMillis = 1_200),
    alert: SLOW,
    for: "2s",
    cause: "lock_hold_duration_seconds up",
  },
  {
    name: "a storm of retries",
    begin: (state) => (state.retries = 400),
    alert: SLOW,
    for: "2s",
    cause: 'dependency_tries_total{dependency="billing"} up',
  },
];

// Each has a shop of its own. They run at the same time, since each needs a quiet time before.
test("the alerts of real faults list the cause among the first three series", async () => {
  const run = FAULTS.slice(0, isLong ? undefined : 3);
  const found = await Promise.all(run.map(async (fault) => [fault, await linesOf(fault)] as const));
  for (const [{ name }, lines] of found) if (isLong) console.log([name, ...lines].join("\n  "));
  for (const [{ cause }, lines] of found) {
    expect(lines.slice(0, 3).join("\n")).toContain(cause);
    expect(lines.at(-1)).toContain("event config.reloaded (file shop.yml), ");
  }
});

async function linesOf(fault: Fault): Promise<readonly string[]> {
  const shop = await openShop(RESOLUTION_MILLIS, new Random(seed));
  onTestFinished(() => shop.close());
  await expect.poll(() => samplesOf(shop.source)).toBeGreaterThan(QUIET_SAMPLES);
  const events = new Events();
  const nearby = new NearbyEvents(events);
  const correlator = new AlertCorrelator({ source: shop.source, events: nearby });
  const alerts = Alerts.of({
    settings: ALERTS.settings({
      rules: [{ name: "faults", rules: [{ alert: "Fault", expr: fault.alert, for: fault.for ?? "1s" }] }],
      monitors: false,
      interval: 0.5,
      route: { groupWait: 0 },
    }),
    directory: undefined,
    labels: {},
    url: () => undefined,
  });
  const { close } = alerts.begin({
    source: shop.source,
    events,
    meter: undefined,
    isShared: () => false,
    correlate: (request) => correlator.correlate(request),
  });
  onTestFinished(async () => {
    await close();
    nearby.end();
  });
  fault.begin(shop.state);
  events.record({ event_type: "config.reloaded", source: "shop", data: { file: "shop.yml" } });
  await expect.poll(() => alerts.active()[0]?.annotations["correlated"]).toBeDefined();
  return alerts.active()[0]?.annotations["correlated"]?.split("\n") ?? [];
}

async function samplesOf(source: Source): Promise<number> {
  const matchers = [{ label: "__name__", operator: "=", value: "queue_size" }] as const;
  for await (const { times } of source.select({ matchers, from: 0, to: Date.now() })) return times.length;
  return 0;
}
