// Faults of a simulated application: the alert of each lists the cause among the first three series.
import { expect, onTestFinished, test, vi } from "vitest";
import { sampleSourceOf } from "../../../src/query/given-source.ts";
import { RuleEngine } from "../../../src/alerts/evaluation/rule-engine.ts";
import { checkGroups } from "../../../src/alerts/rules/check-groups.ts";
import { AlertCorrelator } from "../../../src/anomalies/correlation/alert-correlator.ts";
import { NearbyEvents } from "../../../src/anomalies/correlation/nearby-events.ts";
import { Events } from "../../../src/events/events.ts";
import { Random } from "../../kit/random.ts";
import { isLong, seed } from "../../kit/test-length.ts";
import { Shop, type ShopState } from "./shop.ts";

const FIRST_MILLIS = 1_700_000_000_000;
const RESOLUTION_MILLIS = 250;
const QUIET_SAMPLES = 160;
// A minute. Each fault is found within seconds.
const MAX_SAMPLES = 240;
const RUNS = isLong ? 20 : 1;

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
    alert: "cache_bytes > 6e6",
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
    begin: (state) => state.liveWorkers.delete("2"),
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

test.each(FAULTS)("the alert of $name lists its cause among the first three series", async (fault) => {
  for (let run = 0; run < RUNS; run++) {
    const lines = await linesOf(fault, seed + run);
    expect(lines.slice(0, 3).join("\n"), `TEST_SEED=${seed + run}`).toContain(fault.cause);
    expect(lines.at(-1)).toContain("event config.reloaded (file shop.yml), ");
  }
});

async function linesOf(fault: Fault, shopSeed: number): Promise<readonly string[]> {
  vi.useFakeTimers({ toFake: ["Date"], now: FIRST_MILLIS });
  onTestFinished(() => void vi.useRealTimers());
  const shop = new Shop(new Random(shopSeed));
  const events = new Events();
  const nearby = new NearbyEvents(events);
  const correlator = new AlertCorrelator({ source: shop.source, events: nearby });
  const rule = { alert: "Fault", expr: fault.alert, for: fault.for ?? "1s" };
  const engine = new RuleEngine({
    groups: checkGroups("faults", [{ name: "faults", rules: [rule] }]).groups,
    source: sampleSourceOf(shop.source),
    intervalMillis: 2 * RESOLUTION_MILLIS,
  });
  for (let sample = 0; sample < QUIET_SAMPLES + MAX_SAMPLES; sample++) {
    if (sample === QUIET_SAMPLES) {
      fault.begin(shop.state);
      events.record({ event_type: "config.reloaded", source: "shop", data: { file: "shop.yml" } });
    }
    shop.run(RESOLUTION_MILLIS);
    vi.setSystemTime(Date.now() + RESOLUTION_MILLIS);
    await shop.collect();
    if (sample % 2 === 0) continue;
    await engine.evaluate(undefined, Date.now());
    const alert = engine.active().find(({ state }) => state === "firing");
    if (alert === undefined) continue;
    expect(sample).toBeGreaterThan(QUIET_SAMPLES);
    const { text } = await correlator.correlate({ alert, metrics: engine.metricsOf(alert.name) });
    await engine.end();
    nearby.end();
    return text.split("\n");
  }
  throw new Error(`${fault.name} raised no alert within a minute; TEST_SEED=${shopSeed}`);
}
