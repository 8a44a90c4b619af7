// Detection goes on without an alarm after the process was suspended or restarted, the clock was set, or a counter was reset
// or has ended.
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test, vi } from "vitest";
import { Anomalies } from "../../src/anomalies/parts.ts";
import { Events } from "../../src/events/events.ts";
import { GivenSource } from "../../src/query/given-source.ts";
import type { SampleSeries } from "../../src/query/source.ts";
import { newFolder } from "../kit/new-folder.ts";

const STEP_MILLIS = 15_000;
const LONG_STEP_MILLIS = 240_000;
const TURN_MILLIS = 5;
const FIRST_MILLIS = 1_700_000_000_000;
const WARM_UP = 300;
const FURTHER = 100;

// An interval passes within some milliseconds. Shorter intervals of the clock would not do: the denser points are, the more
// evidence is needed.
vi.mock("../../src/io/timeout.ts", async (importOriginal) => {
  const original = await importOriginal<typeof import("../../src/io/timeout.ts")>();
  return {
    ...original,
    realSetTimeout: (task: () => void, millis?: number) =>
      original.realSetTimeout(
        task,
        millis === STEP_MILLIS || millis === LONG_STEP_MILLIS ? TURN_MILLIS : millis,
      ),
  };
});

interface Watched {
  /** Detectors of the events `anomaly.detected`. */
  readonly detectors: readonly unknown[];
  /** Runs a number of further evaluations. */
  readonly run: (evaluations: number) => Promise<void>;
  /** Resolves with the first event. */
  readonly detected: Promise<void>;
  readonly close: () => Promise<void>;
}

interface Metric {
  readonly name: string;
  readonly type: "counter" | "gauge";
  /** Keeps what is learned. */
  readonly file?: string;
  readonly stepMillis?: number;
}

/**
 * Watches a metric. Each evaluation moves the clock by a step. Nothing else may: `expect.poll` would, at each try.
 *
 * @param valueAt returns `undefined` for samples that are missing, and NaN for a stale marker.
 */
function watched(
  { name, type, file, stepMillis = STEP_MILLIS }: Metric,
  valueAt: (sample: number) => number | undefined,
): Watched {
  let evaluations = 0;
  let onEvaluation = (): void => {};
  const source = new GivenSource(
    {
      async *select({ matchers, from, to }): AsyncGenerator<SampleSeries> {
        const now = Date.now();
        const last = Math.floor((Math.min(to, now) - FIRST_MILLIS) / stepMillis);
        const first = Math.max(Math.ceil((from - FIRST_MILLIS) / stepMillis), last - 1_000);
        const samples = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i).filter(
          (sample) => valueAt(sample) !== undefined,
        );
        const values = Float64Array.from(samples, (sample) => valueAt(sample) ?? 0);
        // Otherwise it is asked whether the series has ended.
        if (matchers.every(({ value }) => value !== "mails")) {
          evaluations++;
          onEvaluation();
          vi.setSystemTime(now + stepMillis);
          // Without any value, the process would not collect.
          yield {
            labels: { __name__: name, queue: "letters" },
            times: Float64Array.of(last - 1, last).map((sample) => FIRST_MILLIS + sample * stepMillis),
            values: Float64Array.of(1, 1),
          };
        }
        if (samples.length === 0) return;
        yield {
          labels: { __name__: name, queue: "mails" },
          times: Float64Array.from(samples, (sample) => FIRST_MILLIS + sample * stepMillis),
          values,
          stale: Uint8Array.from(values, (value) => (Number.isNaN(value) ? 1 : 0)),
        };
      },
    },
    { metadata: () => Promise.resolve([{ name, type, help: "", unit: "" }]) },
  );
  const events = new Events();
  const detectors: unknown[] = [];
  const detected = new Promise<void>((resolve) => {
    events.on("anomaly.detected", ({ data }) => {
      detectors.push(Reflect.get(Object(data), "detector"));
      resolve();
    });
  });
  const anomalies = Anomalies.begin({
    settings: { selectors: [], maxSeries: 500, falseAlarmsPerDay: 0.07 },
    source,
    events,
    meter: undefined,
    intervalMillis: stepMillis,
    file,
    service: "shop",
    keepsRanges: false,
    learned: undefined,
  });
  onTestFinished(() => anomalies.close());
  const run = (further: number): Promise<void> => {
    const wanted = evaluations + further;
    return new Promise((resolve) => {
      onEvaluation = () => {
        if (evaluations > wanted) resolve();
      };
    });
  };
  return { detectors, run, detected, close: () => anomalies.close() };
}

/** A number from 0 to 10, different for each sample. */
const wave = (sample: number): number => ((Math.abs(sample) * 7_919) % 101) / 10;
const LARGE_SHIFT = 1_000;

const nextSample = (stepMillis = STEP_MILLIS): number =>
  Math.ceil((Date.now() - FIRST_MILLIS) / stepMillis) + 1;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: FIRST_MILLIS + 10_000 * STEP_MILLIS });
  onTestFinished(() => void vi.useRealTimers());
});

test.each([
  ["suspended for an hour", 3_600_000],
  ["suspended for a few intervals", 10 * STEP_MILLIS],
  ["set back by ten minutes", -600_000],
])("a process whose clock was %s raises no alarm, and a later shift does", async (_, jumpMillis) => {
  let shiftAt = Infinity;
  const queue = watched(
    { name: "message_queue_size", type: "gauge" },
    (sample) => 100 + wave(sample) + (sample >= shiftAt ? LARGE_SHIFT : 0),
  );
  await queue.run(WARM_UP);
  vi.setSystemTime(Date.now() + jumpMillis);
  await queue.run(FURTHER);
  expect(queue.detectors).toEqual([]);
  shiftAt = nextSample();
  await queue.detected;
  expect(queue.detectors.length).toBeGreaterThan(0);
});

test("a rate is known from before a suspension of two hours, and its next value raises no alarm", async () => {
  const total = (sample: number): number => 100 * sample + wave(sample);
  let [asleepAt, awakeAt, stopAt] = [Infinity, Infinity, Infinity];
  const sent = watched({ name: "messages_sent_total", type: "counter" }, (sample) => {
    if (sample > asleepAt && sample < awakeAt) return undefined;
    // Nothing is sent meanwhile.
    return total(sample < awakeAt ? sample : Math.min(sample, stopAt) - (awakeAt - asleepAt));
  });
  await sent.run(WARM_UP);
  asleepAt = nextSample() - 1;
  vi.setSystemTime(Date.now() + 7_200_000);
  awakeAt = nextSample() - 1;
  await sent.run(FURTHER);
  expect(sent.detectors).toEqual([]);
  // A new detector would not have warmed up.
  stopAt = nextSample();
  await sent.run(40);
  expect(sent.detectors.length).toBeGreaterThan(0);
});

test("a counter that is reset raises no alarm, one that stands still does", async () => {
  let [resetAt, stopAt] = [Infinity, Infinity];
  const valueAt = (sample: number): number => {
    const counted = Math.min(sample, stopAt);
    return 10 * (counted >= resetAt ? counted - resetAt : counted) + wave(counted);
  };
  const sent = watched({ name: "messages_sent_total", type: "counter" }, valueAt);
  await sent.run(WARM_UP);
  resetAt = nextSample();
  await sent.run(FURTHER);
  expect(sent.detectors).toEqual([]);
  stopAt = nextSample();
  await sent.detected;
  expect(sent.detectors.length).toBeGreaterThan(0);
});

test("the first rates after a restart, over windows that are not filled, raise no alarm", async () => {
  const metric = {
    name: "messages_sent_total",
    type: "counter",
    file: join(newFolder("anomalies"), "shop.db.anomalies"),
  } as const;
  const total = (sample: number): number => 100 * sample + wave(sample);
  const before = watched(metric, total);
  await before.run(WARM_UP);
  await before.close();
  vi.setSystemTime(Date.now() + 10 * STEP_MILLIS);
  const firstSample = nextSample();
  let stopAt = Infinity;
  const after = watched(metric, (sample) =>
    sample < firstSample ? undefined : total(Math.min(sample, stopAt)) - total(firstSample),
  );
  await after.run(FURTHER);
  expect([before.detectors, after.detectors]).toEqual([[], []]);
  // The detector knows the rates from before the restart.
  stopAt = nextSample();
  await after.detected;
});

test.each([STEP_MILLIS, LONG_STEP_MILLIS])(
  "a counter that ends with a stale marker raises no alarm, with an interval of %i ms",
  async (stepMillis) => {
    // Series are evaluated between two collections.
    vi.setSystemTime(Date.now() + stepMillis / 2);
    let endAt = Infinity;
    const sent = watched({ name: "messages_sent_total", type: "counter", stepMillis }, (sample) => {
      if (sample > endAt) return undefined;
      return sample === endAt ? Number.NaN : 100 * sample + wave(sample);
    });
    await sent.run(WARM_UP);
    endAt = nextSample(stepMillis);
    await sent.run(40);
    expect(sent.detectors).toEqual([]);
  },
);
