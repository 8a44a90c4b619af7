import fc from "fast-check";
import { expect, test } from "vitest";
import { Detector } from "tachymeter/anomalies";
import { Random } from "../../kit/random.ts";
import { gaussian } from "./gaussian.ts";

const START = 1_700_000_000;

test("verdicts after a restart from a state are the same as without the restart", () => {
  const normal = gaussian(new Random(21));
  const detector = new Detector();
  for (let i = 0; i < 1_000; i++) detector.push(START + i * 60, normal());
  const resumed = Detector.from(detector.state());
  for (let i = 1_000; i < 1_200; i++) {
    const value = normal() + (i > 1_100 ? 10 : 0);
    expect(resumed.push(START + i * 60, value)).toEqual(detector.push(START + i * 60, value));
  }
});

test("a state does not change with its detector", () => {
  const detector = new Detector();
  detector.push(START, 1);
  const state = detector.state();
  const before = state.slice();
  detector.push(START + 60, 2);
  expect(state).toEqual(before);
});

test("the gap of a restart is not reported as missing data", () => {
  const normal = gaussian(new Random(22));
  const detector = new Detector();
  for (let i = 0; i < 1_000; i++) detector.push(START + i * 60, normal());
  const resumed = Detector.from(detector.state());
  expect(resumed.push(START + 2_000 * 60, normal())?.anomalous).toBe(false);
  expect(detector.push(START + 2_000 * 60, normal())?.anomalous).toBe(true);
});

test("a state takes at most 1.5 KB", () => {
  expect(new Detector().state().byteLength).toBeLessThanOrEqual(1_536);
});

test("a state of another version, size or content is ignored", () => {
  const detector = new Detector();
  for (let i = 0; i < 400; i++) detector.push(START + i * 60, i % 13);
  const state = detector.state();
  const otherVersion = state.slice();
  new Float64Array(otherVersion.buffer)[0] = 99;
  const notFinite = state.slice().fill(0xff, 800, 900);
  for (const damaged of [otherVersion, notFinite, state.slice(1), new Uint8Array()])
    expect(Detector.from(damaged).push(START, 1)).toBeUndefined();
  expect(Detector.from(state).push(START + 400 * 60, 400 % 13)).toBeDefined();
});

test("damaged states do not throw, and the score stays a number", () => {
  const detector = new Detector();
  for (let i = 0; i < 400; i++) detector.push(START + i * 60, i % 13);
  const state = detector.state();
  const damage = fc.array(fc.tuple(fc.nat(state.length - 1), fc.nat(255)), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(damage, (bytes) => {
      const damaged = state.slice();
      for (const [at, byte] of bytes) damaged[at] = byte;
      const resumed = Detector.from(damaged);
      const verdicts = Array.from({ length: 100 }, (_, i) => resumed.push(START + (400 + i) * 60, i % 17));
      expect(verdicts.filter((verdict) => Number.isNaN(verdict?.score))).toEqual([]);
    }),
  );
});
