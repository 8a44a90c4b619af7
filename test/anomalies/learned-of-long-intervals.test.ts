// Learned models at a resolution above a minute.
import { expect, onTestFinished, test, vi } from "vitest";
import { Anomalies } from "../../src/anomalies/parts.ts";
import { Events } from "../../src/events/events.ts";
import { trainWindowModel } from "../../src/history/models/window-training.ts";
import { inSlices } from "../../src/io/yield.ts";
import { GivenSource } from "../../src/query/given-source.ts";
import { normalNumbers } from "../history/analysis/known-data.ts";

const STEP_MILLIS = 120_000;
const TURN_MILLIS = 20;

// An interval passes within some milliseconds.
vi.mock("../../src/io/timeout.ts", async (importOriginal) => {
  const original = await importOriginal<typeof import("../../src/io/timeout.ts")>();
  const pass = (task: () => void): void => {
    vi.setSystemTime(Date.now() + STEP_MILLIS);
    task();
  };
  return {
    ...original,
    realSetTimeout: (task: () => void, millis?: number) =>
      millis === STEP_MILLIS
        ? original.realSetTimeout(() => pass(task), TURN_MILLIS)
        : original.realSetTimeout(task, millis),
  };
});

test("learned models judge the values of a resolution of two minutes", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: 1_700_000_040_000 });
  onTestFinished(() => void vi.useRealTimers());
  const normal = normalNumbers(5);
  const past = new Float64Array(2_000).map(() => normal());
  const to = Date.now() / 1_000;
  const model = await inSlices(trainWindowModel(past, { from: to - 2_000 * 120, to, step: 120 }));
  const fails = async () => ({ kind: "untrained", reason: "not enough data" }) as const;
  const key = 'value message_queue_size {"queue":"mails"}';
  // The values of now are higher than those of the training.
  const source = new GivenSource(
    {
      async *select({ to: time }) {
        yield {
          labels: { __name__: "message_queue_size", queue: "mails" },
          times: Float64Array.of(time),
          values: Float64Array.of(100 + normal()),
        };
      },
    },
    { metadata: async () => [{ name: "message_queue_size", type: "gauge", help: "", unit: "" }] },
  );
  const events = new Events();
  const detectors: unknown[] = [];
  events.on("anomaly.detected", ({ data }) => void detectors.push(Reflect.get(Object(data), "detector")));
  const anomalies = Anomalies.begin({
    settings: { selectors: [], maxSeries: 500, falseAlarmsPerDay: 0.07 },
    source,
    events,
    meter: undefined,
    intervalMillis: STEP_MILLIS,
    file: undefined,
    service: "shop",
    keepsRanges: false,
    learned: {
      history: {
        models: async () => [{ name: `anomalies of shop: ${key}`, document: JSON.stringify(model) }],
        putModel: async () => {},
        trainWindow: fails,
        trainJoint: fails,
      },
      stepMillis: 60_000,
    },
  });
  onTestFinished(() => anomalies.close());
  const deadline = performance.now() + 30_000;
  while (detectors.length === 0 && performance.now() < deadline)
    await new Promise((resolve) => setTimeout(resolve, TURN_MILLIS));
  expect(detectors).toEqual(["learned"]);
});
