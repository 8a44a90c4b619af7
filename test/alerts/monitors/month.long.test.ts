// A month of a healthy service with all monitors and an objective. No alert fires but those of the planted faults, each
// within its time.
import { expect, test } from "vitest";
import { RuleEngine } from "../../../src/alerts/evaluation/rule-engine.ts";
import { monitorGroups } from "../../../src/alerts/monitors/monitor-groups.ts";
import { checkGroups } from "../../../src/alerts/rules/check-groups.ts";
import { sloGroups } from "../../../src/alerts/slo/slo-groups.ts";
import { MemorySeries } from "../../../src/testing/rule-tests/memory-series.ts";
import { seed } from "../../kit/test-length.ts";
import { type Fault, FAULTS, isFault, lifeOf, type Plan, type Planted } from "./month-life.ts";

const HOUR = 60;
const DAY = 24 * HOUR;

const MONTH: Plan = {
  minutes: 30 * DAY,
  // In the mornings and afternoons of working days.
  deployments: Array.from(
    { length: 20 },
    (_, i) => (Math.floor(i / 5) * 7 + (i % 5)) * DAY + (9 + (i % 4) * 2) * HOUR,
  ),
  sleeps: [
    [5 * DAY + 12 * HOUR, 7],
    [12 * DAY + 22 * HOUR, 9 * HOUR],
  ],
  scaleDown: 25 * DAY + 20 * HOUR,
  faults: {
    burst: 1 * DAY + 3 * HOUR,
    slower: 2 * DAY + 16 * HOUR,
    serverErrors: 4 * DAY + 2 * HOUR,
    checksStop: 6 * DAY + 10 * HOUR,
    probeFails: 8 * DAY + 18 * HOUR,
    ordersFail: 11 * DAY + 4 * HOUR,
    nodesCrash: 13 * DAY + 12 * HOUR,
    twoLeaders: 15 * DAY + 6 * HOUR,
    dropped: 16 * DAY + 6 * HOUR,
    blocked: 17 * DAY + 6 * HOUR,
    diskFull: 19 * DAY + 12 * HOUR,
    ruleFails: 22 * DAY + 6 * HOUR,
    clockSet: 26 * DAY + 12 * HOUR,
  },
};

/** An alert that began to fire. */
interface Raised {
  readonly name: string;
  readonly of: string;
  readonly minute: number;
}

async function raisedInMonth(): Promise<readonly Raised[]> {
  const { series, runs } = lifeOf(MONTH, seed);
  const orders = {
    name: "orders",
    objective: 0.99,
    good: 'orders_total{outcome="ok"}',
    total: "orders_total",
  };
  const { groups } = checkGroups("month", [...monitorGroups(), ...sloGroups([orders])]);
  const source = new MemorySeries(series);
  const engine = new RuleEngine({
    groups: groups.map((group) => ({ ...group, intervalMillis: undefined })),
    source,
    // Far from all that happens, the evaluations are rarer.
    intervalMillis: 150_000,
  });
  const times = [
    ...MONTH.deployments,
    ...MONTH.sleeps.map(([at, minutes]) => at + minutes),
    MONTH.scaleDown,
    ...Object.values(MONTH.faults),
  ];
  const isNear = (minute: number): boolean => times.some((at) => minute >= at - 1 && minute <= at + 30);
  const raised: Raised[] = [];
  const firing = new Set<string>();
  for (let minute = 0; minute < MONTH.minutes; minute++) {
    if (!runs(minute) || (minute % 5 !== 0 && !isNear(minute))) continue;
    source.untilMillis = minute * 60_000;
    await engine.evaluate(undefined, minute * 60_000);
    const now = new Map(
      engine
        .active()
        .filter(({ state }) => state === "firing")
        .map(({ name, labels }) => [JSON.stringify(labels), { name, of: of(labels), minute }]),
    );
    for (const [key, alert] of now) if (!firing.has(key)) raised.push(alert);
    firing.clear();
    for (const key of now.keys()) firing.add(key);
  }
  await engine.end();
  return raised;
}

function of(labels: Readonly<Record<string, string>>): string {
  const { alertname: _name, severity: _severity, job = "", ...others } = labels;
  return [job, ...Object.values(others)].join(" ");
}

const NAMES = Object.keys(FAULTS).filter(isFault);

test("a month of a healthy service is silent, but for its faults, each of which is seen in time", async () => {
  const raised = await raisedInMonth();
  const isOf = (fault: Fault, { name, minute }: Raised): boolean => {
    const { alerts, within, last = within }: Planted = FAULTS[fault];
    const after = minute - MONTH.faults[fault];
    return after >= 0 && after <= last && alerts.some((each) => each === name);
  };
  const rows = NAMES.map((fault) => {
    const { what, within, alerts } = FAULTS[fault];
    const first = raised.find((alert) => isOf(fault, alert));
    return {
      what,
      alert: alerts.join(),
      planted: shown(MONTH.faults[fault]),
      after: first && first.minute - MONTH.faults[fault],
      within,
    };
  });
  // oxlint-disable-next-line no-console -- the table is what the long form shows.
  console.table(rows);
  expect(rows.filter(({ after = Infinity, within }) => after > within)).toEqual([]);
  const others = raised.filter((alert) => !NAMES.some((fault) => isOf(fault, alert)));
  expect(
    others.map(({ name, of: labels, minute }) => `${shown(minute)} ${name} ${labels}`),
    `TEST_SEED=${seed}`,
  ).toEqual([]);
}, 7_200_000);

function shown(minute: number): string {
  const clock = [Math.floor(minute / HOUR) % 24, minute % HOUR].map((each) => String(each).padStart(2, "0"));
  return `day ${Math.floor(minute / DAY) + 1}, ${clock.join(":")}`;
}
