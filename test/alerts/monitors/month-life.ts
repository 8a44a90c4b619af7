// The life of a service: two replicas with a week's load, a cron job, and a service with one request an hour. It has
// deployments, gaps and faults. All series have a sample a minute.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SampleSeries } from "../../../src/query/source.ts";
import { Random } from "../../kit/random.ts";
import { seriesFrom } from "../../../src/testing/rule-tests/series-notation.ts";

type Shape = Readonly<Record<string, number | readonly [min: number, max: number]>>;

/** Minutes at which something begins. */
export interface Plan {
  readonly minutes: number;
  readonly deployments: readonly number[];
  /** Minutes of sleep, in which nothing is measured: begin and length. */
  readonly sleeps: readonly (readonly [at: number, minutes: number])[];
  readonly scaleDown: number;
  /** The planted faults. */
  readonly faults: Readonly<Record<Fault, number>>;
}

/** A planted fault, and the alerts that it must raise. Times are in minutes. */
export interface Planted {
  readonly what: string;
  readonly lasts: number;
  readonly alerts: readonly string[];
  /** Time for the first alert. */
  readonly within: number;
  /** Time in which its alerts may begin. By default that for the first one. */
  readonly last?: number;
}

/** The planted faults. */
export const FAULTS = {
  burst: {
    lasts: 1,
    alerts: ["CommandsFailing"],
    within: 3,
    what: "40 executions of a new command fail at once",
  },
  serverErrors: {
    lasts: 30,
    alerts: ["HttpErrorBudget"],
    within: 10,
    // Those on longer windows have long waits.
    last: 240,
    what: "a fifth of the responses are errors",
  },
  ordersFail: { lasts: 30, alerts: ["ErrorBudgetBurning"], within: 25, what: "half of the orders fail" },
  checksStop: { lasts: 360, alerts: ["HealthChecksStopped"], within: 310, what: "an hourly check hangs" },
  probeFails: {
    lasts: 60,
    alerts: ["ProbeFailing"],
    within: 25,
    what: "a server that is probed each 5 minutes is away",
  },
  slower: { lasts: 45, alerts: ["CommandsSlower"], within: 25, what: "a command takes five times as long" },
  nodesCrash: { lasts: 20, alerts: ["NodesLost"], within: 5, what: "two of four nodes crash" },
  twoLeaders: { lasts: 10, alerts: ["SeveralLeaders"], within: 4, what: "an election has two leaders" },
  dropped: { lasts: 1, alerts: ["MeasurementsDropped"], within: 2, what: "measurements are dropped" },
  ruleFails: { lasts: 1, alerts: ["RuleFailing"], within: 2, what: "a rule fails five times" },
  clockSet: { lasts: 20, alerts: ["ClockJumped"], within: 22, what: "the clock is set by 20 minutes" },
  blocked: { lasts: 1, alerts: ["EventLoopBlocked"], within: 2, what: "the event loop is blocked for 3 s" },
  diskFull: { lasts: 30, alerts: ["DiskFull"], within: 7, what: "a disk is full" },
} as const satisfies Readonly<Record<string, Planted>>;

export type Fault = keyof typeof FAULTS;

export function isFault(name: string): name is Fault {
  return Object.hasOwn(FAULTS, name);
}

const FAR = 'network_target="far:443"';
const ORDERS = "orders_total";

/** The series of a plan, and whether the machine runs at a minute. */
export function lifeOf(
  plan: Plan,
  seed: number,
): { series: readonly SampleSeries[]; runs: (minute: number) => boolean } {
  const random = new Random(seed);
  const { faults } = plan;
  const runs = (minute: number): boolean =>
    !plan.sleeps.some(([at, length]) => minute > at && minute < at + length) &&
    !(minute > faults.clockSet && minute < faults.clockSet + FAULTS.clockSet.lasts);
  const isIn = (fault: Fault, minute: number): boolean =>
    minute >= faults[fault] && minute < faults[fault] + FAULTS[fault].lasts;
  const since = (fault: Fault) => (minute: number) => minute >= faults[fault];
  const load = Array.from({ length: plan.minutes }, (_, i) => courseAt(i) * (0.9 + 0.2 * random.share()));
  const series: SampleSeries[] = [];
  // `valueAt` has the minutes since the start of the process, and its value a minute before, 0 at a start.
  const add = (
    name: string,
    job: string,
    instance: string,
    ageAt: (minute: number) => number | undefined,
    valueAt: (minute: number, age: number, before: number) => number | undefined,
  ): void => {
    const times: number[] = [];
    const values: number[] = [];
    let before = 0;
    for (let minute = 0; minute < plan.minutes; minute++) {
      const age = runs(minute) ? ageAt(minute) : undefined;
      if (age === undefined) continue;
      if (age < 1) before = 0;
      const value = valueAt(minute, age, before);
      if (value === undefined) continue;
      before = value;
      times.push(minute * 60_000 - 3_000);
      values.push(value);
    }
    const [metric = "", labels = ""] = name.split(/[{}]/);
    const all = [`job="${job}"`, `instance="${instance}"`, labels].filter((each) => each !== "").join(",");
    const empty = seriesFrom(`${metric}{${all}}`, "", 60_000);
    series.push({ labels: empty.labels, times: Float64Array.from(times), values: Float64Array.from(values) });
  };
  const shape: Shape = JSON.parse(readFileSync(join(import.meta.dirname, "healthy-shape.json"), "utf8"));
  for (const [i, instance] of ["a", "b"].entries()) {
    const isA = i === 0;
    // One after the other. Each is away for a minute.
    const starts = plan.deployments.map((at) => at + 3 * i);
    const ageAt = (minute: number): number | undefined => {
      const last = starts.findLast((at) => at <= minute + 1);
      if (last === undefined) return 6_000 + minute;
      return minute < last ? undefined : minute - last + 0.2;
    };
    const own = (name: string, valueAt: Parameters<typeof add>[4]): void =>
      add(name, "shop", instance, ageAt, valueAt);
    for (const [name, recorded] of Object.entries(shape)) {
      if (
        /^(?:coordination_active|process_uptime|nodejs_eventloop_(?:time|delay_max)|system_clock)/.test(name)
      )
        continue;
      const isSlow = name.startsWith("command_duration_seconds_sum");
      const isDisk = name.startsWith("system_filesystem_utilization");
      own(name, (minute, age, before) => {
        const each = load[minute] ?? 0;
        if (typeof recorded === "number")
          return before + recorded * each * 60 * (isSlow && isIn("slower", minute) ? 5 : 1);
        if (isDisk && isA && isIn("diskFull", minute)) return 0.97;
        const [min, max] = recorded;
        // The heap grows to its size in the first minutes.
        return (min + (max - min) * each) * (name.includes("heap_retained") ? Math.min(1, 0.5 + age / 8) : 1);
      });
    }
    own("process_uptime_seconds", (_, age) => age * 60);
    for (const state of ["active", "idle"])
      own(`nodejs_eventloop_time_seconds_total{nodejs_eventloop_state="${state}"}`, (_, age, before) => {
        const active = age < 3 ? 58 : 3;
        return before + (state === "active" ? active : 60 - active);
      });
    own("nodejs_eventloop_delay_max_seconds", (minute, age) =>
      isA && isIn("blocked", minute) ? 3 : age < 1 ? 2 : 0.05,
    );
    own("system_clock_change_seconds_total", (minute) => (since("clockSet")(minute) ? 1_200 : 0));
    own("coordination_active_nodes", (minute) =>
      isIn("nodesCrash", minute) || minute >= plan.scaleDown ? 2 : 4,
    );
    // A process that ends leaves its leadership to the other one.
    own('coordination_is_leader{coordination_election_name="scheduler"}', (minute) => {
      const leader = plan.deployments.filter((at) => at <= minute + 1).length % 2;
      return leader === i || isIn("twoLeaders", minute) ? 1 : 0;
    });
    own('http_server_request_duration_seconds_count{http_response_status_code="500"}', (minute, _, before) =>
      isIn("serverErrors", minute) ? before + 120 * (load[minute] ?? 0) : before || undefined,
    );
    for (const outcome of ["ok", "failed"])
      own(`${ORDERS}{outcome="${outcome}"}`, (minute, _, before) => {
        const orders = 20 * (load[minute] ?? 0);
        const failed = isIn("ordersFail", minute) ? orders / 2 : 0;
        return before + (outcome === "ok" ? orders - failed : failed) || undefined;
      });
    if (!isA) continue;
    const once = (name: string, fault: Fault, value: number): void =>
      own(name, (minute, age, before) =>
        before > 0 || (minute === faults[fault] && age > 0) ? value : undefined,
      );
    once('commands_executed_total{command_name="report",outcome="failure"}', "burst", 40);
    once("coordination_nodes_lost_total", "nodesCrash", 2);
    once('telemetry_dropped_total{reason="negative"}', "dropped", 3);
    once('alerts_rule_failures_total{alert_rule_group="shop"}', "ruleFails", 5);
    own('health_checks_total{health_component="backup"}', (minute, age, before) =>
      age < 1 || (minute % 60 === 7 && !isIn("checksStop", minute)) ? before + 1 : before,
    );
    own('health_check_interval_seconds{health_component="backup"}', () => 3_600);
    for (const outcome of ["success", "failure"])
      own(`network_checks_total{${FAR},outcome="${outcome}"}`, (minute, _, before) => {
        const isDue = minute % 5 === 0 && isIn("probeFails", minute) === (outcome === "failure");
        return isDue ? before + 1 : before || undefined;
      });
    own(`network_check_interval_seconds{${FAR}}`, () => 300);
  }
  // Three minutes each hour.
  const cronAge = (minute: number): number | undefined => (minute % 60 < 3 ? (minute % 60) + 0.1 : undefined);
  add("process_uptime_seconds", "cron", "c", cronAge, (_, age) => age * 60);
  add('commands_executed_total{command_name="backup",outcome="success"}', "cron", "c", cronAge, (_, age) =>
    age > 2 ? 1 : undefined,
  );
  // The first request comes after 50 minutes.
  add(
    "process_uptime_seconds",
    "idle",
    "i",
    (minute) => minute,
    (_, age) => age * 60,
  );
  add(
    'http_server_request_duration_seconds_count{http_response_status_code="200"}',
    "idle",
    "i",
    (minute) => minute,
    (minute) => (minute < 50 ? undefined : 1 + Math.floor((minute - 50) / 60)),
  );
  return { series, runs };
}

// From a fifth at night to all of the load in the afternoon, and half of it at weekends.
function courseAt(minute: number): number {
  const hour = minute / 60;
  const isWeekend = Math.floor(hour / 24) % 7 > 4;
  return (0.6 - 0.4 * Math.cos(((hour - 3) / 24) * 2 * Math.PI)) * (isWeekend ? 0.5 : 1);
}
