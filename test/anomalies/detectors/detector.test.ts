import fc from "fast-check";
import { expect, test } from "vitest";
import { Detector, type Verdict } from "tachymeter/anomalies";
import { Random } from "../../kit/random.ts";
import { gaussian } from "./gaussian.ts";
import { runs } from "../../kit/test-length.ts";

const START = 1_700_000_000;
const MINUTE = 60;
const SERIES_WITH_BURSTS = 40;

test("there is no verdict during the warm-up of 150 points", () => {
  const detector = new Detector();
  const verdicts = pushAll(detector, noise(200));
  expect(verdicts.slice(0, 150).every((verdict) => verdict === undefined)).toBe(true);
  expect(verdicts.slice(150).every((verdict) => verdict !== undefined)).toBe(true);
});

test.each([
  [
    "a level shift of three standard deviations",
    (value: number) => value + 15,
    ["season", "forecast", "level"],
  ],
  ["ten times the dispersion", (value: number) => 100 + 10 * (value - 100), ["forecast", "season"]],
  ["a value that repeats", () => 101.5, ["flat"]],
] as const)("%s is found within ten points", (_, fault, detectors) => {
  const values = noise(2_010);
  const verdicts = pushAll(
    new Detector(),
    values.map((value, i) => (i < 2_000 ? value : fault(value))),
  );
  const found = verdicts.slice(2_000).find((verdict) => verdict?.anomalous);
  expect(found?.score).toBeGreaterThanOrEqual(0.5);
  expect(detectors).toContain(found?.detector);
});

test("a gap is found when the next point comes, and seen before as overdue", () => {
  const detector = new Detector();
  pushAll(detector, noise(1_000));
  const last = START + 999 * MINUTE;
  const overdueAt = detector.overdueAt ?? 0;
  expect(overdueAt).toBeGreaterThan(last + 5 * MINUTE);
  expect(overdueAt).toBeLessThan(last + 15 * MINUTE);
  const verdict = detector.push(last + 20 * MINUTE, 100);
  expect(verdict).toMatchObject({ anomalous: true, detector: "missing" });
});

test("a point shortly before it is overdue is not an anomaly", () => {
  const detector = new Detector();
  pushAll(detector, noise(1_000));
  expect(detector.push((detector.overdueAt ?? 0) - 1, 100)?.anomalous).toBe(false);
});

test("gaps between points at random times are not anomalies", () => {
  const random = new Random(5);
  const normal = gaussian(random);
  const detector = new Detector();
  let time = START;
  let alarms = 0;
  for (let i = 0; i < 5_000; i++) {
    time -= 10 * Math.log(1 - random.share());
    const verdict = detector.push(time, normal());
    if (verdict?.anomalous && verdict.detector === "missing") alarms++;
  }
  expect(alarms).toBe(0);
});

test("a daily season is expected, and its loss is found", () => {
  const normal = gaussian(new Random(3));
  const season = (i: number): number => 100 + 50 * Math.sin((2 * Math.PI * i) / 288) + 2 * normal();
  const values = Array.from({ length: 5 * 288 + 72 }, (_, i) => season(i));
  const detector = new Detector();
  const usual = pushAll(detector, values, 300);
  expect(usual.filter((verdict) => verdict?.anomalous)).toEqual([]);
  const [low, high] = usual.at(-1)?.expected ?? [0, 0];
  expect(low).toBeGreaterThan(110);
  expect(high).toBeLessThan(190);
  const lost = Array.from({ length: 10 }, (_, i) =>
    detector.push(START + (values.length + i) * 300, 100 + 2 * normal()),
  );
  expect(lost.some((verdict) => verdict?.anomalous)).toBe(true);
});

test("the third weekend is expected", () => {
  const normal = gaussian(new Random(5));
  const day = 288;
  const begin = Date.UTC(2024, 0, 3) / 1_000;
  const detector = new Detector();
  const highest: number[] = [];
  let alarms = 0;
  for (let i = 0; i < 21 * day; i++) {
    const time = begin + i * 300;
    const isWeekend = new Date(time * 1_000).getUTCDay() % 6 === 0;
    const height = 1 + Math.cos(2 * Math.PI * (time / 86_400 - 15 / 24));
    const verdict = detector.push(time, 100 + (isWeekend ? 30 : 60) * height + 4 * normal());
    if (verdict?.anomalous) alarms++;
    // At 15:00, the height of the day.
    if (i % day === 180) highest.push(verdict?.expected[1] ?? 0);
  }
  expect(alarms).toBe(0);
  // On a weekend the value is 160 then, on other days 220. The first day is a Wednesday.
  const [friday, thirdSaturday] = [highest[16] ?? 0, highest[17] ?? 0];
  expect(thirdSaturday).toBeLessThan(friday - 15);
});

test("after an alarm it rests for 130 points", () => {
  const random = new Random(9);
  const normal = gaussian(random);
  const detector = new Detector();
  const alarms: number[] = [];
  for (let i = 0; i < 3_000; i++) {
    const value = i < 1_000 ? normal() : 1e3 * normal() * (i % 7);
    if (detector.push(START + i * MINUTE, value)?.anomalous) alarms.push(i);
  }
  expect(alarms.length).toBeGreaterThan(0);
  expect(alarms.every((at, i) => i === 0 || at - (alarms[i - 1] ?? 0) > 130)).toBe(true);
});

test("higher sensitivity finds no less", () => {
  const values = noise(1_500).map((value, i) => (i < 1_400 ? value : value + 9));
  const first = (["low", "normal", "high"] as const).map((sensitivity) => {
    const at = pushAll(new Detector({ sensitivity }), values).findIndex((verdict) => verdict?.anomalous);
    return at < 0 ? Infinity : at;
  });
  expect(first).toEqual(first.toSorted((a, b) => b - a));
  expect(first[2]).toBeLessThan(Infinity);
});

test("an alarm has a score of at least 0.5 at any number of false alarms a day", () => {
  const values = noise(1_500).map((value, i) => (i < 1_400 ? value : value + 30));
  for (const falseAlarmsPerDay of [0.001, 0.05, 2]) {
    const verdicts = pushAll(new Detector({ falseAlarmsPerDay }), values);
    const found = verdicts.filter((verdict) => verdict?.anomalous);
    expect(found.length).toBeGreaterThan(0);
    expect(found.every((verdict) => (verdict?.score ?? 0) >= 0.5)).toBe(true);
  }
});

test("quiet noise at one minute has no more false alarms than allowed", () => {
  let alarms = 0;
  for (let run = 1; run <= 10; run++) {
    const normal = gaussian(new Random(run));
    const values = Array.from({ length: 7 * 1_440 }, () => normal());
    const detector = new Detector({ falseAlarmsPerDay: 0.2 });
    alarms += pushAll(detector, values).filter((verdict) => verdict?.anomalous).length;
  }
  expect(alarms).toBeLessThan(0.2 * 70);
});

test("constants have a score of 0", () => {
  for (const constant of [0, -0, 1, -7.25, 1e300, 1e-300, 5e-324, Number.MAX_VALUE]) {
    const verdicts = pushAll(new Detector({ sensitivity: "high" }), Array(3_000).fill(constant));
    expect(verdicts.filter((verdict) => verdict !== undefined && verdict.score > 0)).toEqual([]);
  }
});

test("an unknown sensitivity is an error", () => {
  const options = JSON.parse('{"sensitivity":"extreme"}');
  expect(() => new Detector(options)).toThrow(/sensitivity must be one of 'low', 'normal', 'high', got/);
});

test("numbers that are not finite are ignored", () => {
  const values = noise(400);
  const clean = pushAll(new Detector(), values).at(-1);
  const detector = new Detector();
  let last: Verdict | undefined;
  for (const [i, value] of values.entries()) {
    for (const bad of [Number.NaN, Infinity, -Infinity]) {
      expect(detector.push(START + i * MINUTE, bad)).toBeUndefined();
      expect(detector.push(bad, value)).toBeUndefined();
    }
    last = detector.push(START + i * MINUTE, value);
  }
  expect(last).toEqual(clean);
});

test("no series of finite numbers throws, and scores lie between 0 and 1", () => {
  const times = fc.oneof(fc.double({ noNaN: true }), fc.constantFrom(0, 0.01, 60, -3_600, 43_200, 1e300));
  const values = fc.oneof(
    fc.double(),
    fc.constantFrom(0, 1, 1e300, -1e300, 1e-300, 5e-324, Number.MAX_VALUE),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(times, values), { minLength: 1, maxLength: 40 }), (points) => {
      const detector = new Detector({ sensitivity: "high" });
      const problems: string[] = [];
      let time = START;
      for (let i = 0; i < 400; i++) {
        const [step, value] = points[i % points.length] ?? [0, 0];
        time += step;
        problems.push(...problemsOf(detector.push(time, value)));
        if (Number.isNaN(detector.overdueAt)) problems.push(`overdue at NaN after ${i} points`);
      }
      expect(problems).toEqual([]);
    }),
    { numRuns: runs(30) },
  );
});

// A burst a day at 5 minutes. The first one is unusual. Without the memory of the largest distances it has 2.8 alarms.
test("in two weeks with daily bursts it has two alarms in the mean", () => {
  let alarms = 0;
  for (let run = 1; run <= SERIES_WITH_BURSTS; run++) {
    const verdicts = pushAll(new Detector(), bursts(4_032, run), 5 * MINUTE);
    alarms += verdicts.filter((verdict) => verdict?.anomalous).length;
  }
  expect(alarms / SERIES_WITH_BURSTS).toBeLessThan(2.4);
});

test("one absurd value does not make it blind", () => {
  const values = noise(4_000).map((value, i) => (i === 1_000 ? 1e300 : i < 3_900 ? value : value + 50));
  const verdicts = pushAll(new Detector(), values);
  expect(verdicts.slice(3_900, 3_910).some((verdict) => verdict?.anomalous)).toBe(true);
});

test.each([0.01, 1, 43_200])(
  "with %d s between points a shift is found, and noise is not reported",
  (seconds) => {
    const values = noise(1_500).map((value, i) => (i < 1_490 ? value : value + 50));
    const verdicts = pushAll(new Detector(), values, seconds);
    expect(verdicts.slice(0, 1_490).filter((verdict) => verdict?.anomalous)).toEqual([]);
    expect(verdicts.slice(1_490).some((verdict) => verdict?.anomalous)).toBe(true);
  },
);

test("a clock that goes back is not an anomaly", () => {
  const detector = new Detector();
  const normal = gaussian(new Random(11));
  let alarms = 0;
  for (let i = 0; i < 2_000; i++) {
    const time = START + i * MINUTE - (i < 1_000 ? 0 : 7_200);
    if (detector.push(time, 100 + normal())?.anomalous) alarms++;
  }
  expect(alarms).toBe(0);
});

test("no point changes an earlier verdict", () => {
  const values = noise(600);
  const whole = pushAll(new Detector(), values);
  const half = pushAll(new Detector(), values.slice(0, 300));
  expect(whole.slice(0, 300)).toEqual(half);
});

function pushAll(detector: Detector, values: readonly number[], seconds = MINUTE): (Verdict | undefined)[] {
  return values.map((value, i) => detector.push(START + i * seconds, value));
}

function noise(count: number): number[] {
  const normal = gaussian(new Random(1));
  return Array.from({ length: count }, () => 100 + 5 * normal());
}

/** Noise, and bursts of 1 to 20 points, 5 to 20 deviations high: one begins at each 250th point in the mean. */
function bursts(count: number, seed: number): number[] {
  const random = new Random(seed);
  const normal = gaussian(random);
  let [left, height] = [0, 0];
  return Array.from({ length: count }, () => {
    if (left > 0) left--;
    else if (random.share() < 0.004)
      [left, height] = [1 + Math.floor(20 * random.share()), 25 + 75 * random.share()];
    return 100 + 5 * normal() + (left > 0 ? height : 0);
  });
}

function problemsOf(verdict: Verdict | undefined): string[] {
  if (verdict === undefined) return [];
  const { score, anomalous, expected } = verdict;
  const problems: string[] = [];
  if (!(score >= 0 && score <= 1)) problems.push(`score ${score}`);
  if (anomalous && score < 0.5) problems.push(`alarm with score ${score}`);
  if (!(expected[0] <= expected[1])) problems.push(`band from ${expected[0]} to ${expected[1]}`);
  return problems;
}
