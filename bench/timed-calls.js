// The cost of timing a call: by `application.timer`, by hand, by `prom-client`.
import { prometheus } from "./baselines.js";
import { useAsApplication, usePrometheusAsApplication } from "./application.js";
import { fromBuild } from "./build.js";
import { otel } from "./contenders.js";
import { time } from "./measure.js";

const SECONDS_BOUNDARIES = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
const NAME = "application.call.duration";

/** Measurements by name, for `measurements.js`. */
export const timedCalls = {
  "timed call, plain": async () => time(plainCall(work)),
  "timed call, two looks at the clock": async () => time(plainCall(clocked)),
  "timed call, timer on tachymeter": async () => time(await timer("tachymeter")),
  "timed call, timer on upstream": async () => time(await timer("upstream")),
  "timed call, by hand, tachymeter": async () => time(await byHand("tachymeter")),
  "timed call, by hand, upstream": async () => time(await byHand("upstream")),
  "timed call, startTimer, prom-client": async () => time(await startTimer()),
};

function work(a, b) {
  return (a + b) | 0;
}

function callEach(fn, n) {
  let sum = 0;
  for (let i = 0; i < n; i++) sum = fn(sum, i);
  return sum;
}

// The minimum of any timer.
let seconds = 0;
function clocked(a, b) {
  const started = performance.now();
  const result = work(a, b);
  seconds += (performance.now() - started) / 1000;
  return result;
}

function plainCall(fn) {
  let left = 0;
  const run = (start, n) => void (left = callEach(fn, n));
  return { run, total: () => Number.isInteger(left) && seconds >= 0, expected: () => true };
}

/** A function wrapped by `application.timer`. */
async function timer(contender) {
  const sdk = await used(contender);
  const { Application } = await fromBuild("facades/index.js");
  const timed = new Application({ meterProvider: sdk.provider }).timer()(work);
  return counting(sdk, (start, n) => callEach(timed, n));
}

/** The same by hand: a histogram and two clock readings. */
async function byHand(contender) {
  const sdk = await used(contender);
  const histogram = sdk.meter.createHistogram(NAME, {
    unit: "s",
    advice: { explicitBucketBoundaries: SECONDS_BOUNDARIES },
  });
  const timed = (a, b) => {
    const started = performance.now();
    try {
      return work(a, b);
    } finally {
      histogram.record((performance.now() - started) / 1000, { "code.function.name": "work" });
    }
  };
  return counting(sdk, (start, n) => callEach(timed, n));
}

async function startTimer() {
  await usePrometheusAsApplication();
  const histogram = new prometheus.Histogram({
    name: "h",
    help: "h",
    labelNames: ["name"],
    buckets: SECONDS_BOUNDARIES,
    registers: [],
  });
  const timed = (a, b) => {
    const end = histogram.startTimer({ name: "work" });
    try {
      return work(a, b);
    } finally {
      end();
    }
  };
  const total = async () =>
    (await histogram.get()).values.find(({ metricName }) => metricName === "h_count").value;
  return { run: (start, n) => callEach(timed, n), total, expected: (calls) => calls };
}

async function used(contender) {
  await useAsApplication(await otel[contender]());
  return otel[contender]();
}

// Only the count is checked, since the sum depends on the clock.
function counting(sdk, run) {
  const total = async () => (await sdk.points(NAME)).reduce((count, { value }) => count + value.count, 0);
  return { run, total, expected: (calls) => calls };
}
