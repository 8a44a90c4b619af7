// Which alerts are explained by profiles, and when the watch begins and ends.
import { expect, onTestFinished, test, vi } from "vitest";
import type { Answers } from "../../src/profiles/parts.ts";
import { TakenAlertProfiles } from "../../src/sdk/alert-profiles.ts";

const LOOP = ["nodejs_eventloop_delay_seconds_bucket"];
const PROCESSOR = ["process_cpu_time_seconds_total"];
const MEMORY = ["process_memory_usage_bytes"];
const OTHER = ["http_server_request_duration_seconds_count"];

test("the watch begins with the first alert that needs it, and ends five minutes after the last", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  const watch = vi.fn<() => undefined>();
  const release = vi.fn<() => void>();
  const profiles = new TakenAlertProfiles({ watch, release });
  vi.advanceTimersByTime(400_000);
  profiles.evaluated([OTHER]);
  expect([watch.mock.calls.length, release.mock.calls.length]).toEqual([0, 1]);
  profiles.evaluated([OTHER, LOOP]);
  vi.advanceTimersByTime(299_000);
  profiles.evaluated([]);
  expect([watch.mock.calls.length, release.mock.calls.length]).toEqual([1, 1]);
  vi.advanceTimersByTime(2_000);
  profiles.evaluated([OTHER]);
  expect([watch.mock.calls.length, release.mock.calls.length]).toEqual([1, 2]);
  vi.useRealTimers();
});

test("an alert names the three functions with the most time of all blocks, and a package in place of its file", () => {
  const profiles = new TakenAlertProfiles({ watch: () => undefined, release: () => {} });
  const block = (name: string, share: number, more: object = {}) =>
    profiles.blocked({
      durationSeconds: 2,
      endUnixMillis: 0,
      functions: [{ function: name, file: `src/${name}.js`, line: 3, share, ...more }],
    });
  block("one", 0.5);
  block("two", 1, { package: "lib" });
  block("one", 0.75);
  block("three", 0.1);
  block("four", 0.01);
  expect(profiles.annotationsFor(LOOP)).toEqual({
    blocked_by: "one (src/one.js:3) 2.50 s, two (lib) 2.00 s, three (src/three.js:3) 0.20 s",
  });
  expect(profiles.annotationsFor(OTHER)).toEqual({});
});

const BLOCK = {
  durationSeconds: 2,
  endUnixMillis: 0,
  functions: [{ function: "one", file: "src/one.js", line: 3, share: 1 }],
};

test("an alert names blocks before it, though other rules were evaluated meanwhile, for five minutes", () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  const profiles = new TakenAlertProfiles({ watch: () => undefined, release: () => {} });
  profiles.blocked(BLOCK);
  profiles.evaluated([]);
  profiles.evaluated([OTHER]);
  profiles.evaluated([OTHER, LOOP]);
  expect(profiles.annotationsFor(LOOP)).toEqual({ blocked_by: "one (src/one.js:3) 2.00 s" });
  vi.advanceTimersByTime(299_000);
  profiles.evaluated([LOOP]);
  expect(profiles.annotationsFor(LOOP)).toEqual({ blocked_by: "one (src/one.js:3) 2.00 s" });
  vi.advanceTimersByTime(2_000);
  profiles.evaluated([LOOP]);
  expect(profiles.annotationsFor(LOOP)).toEqual({});
});

/** Stub of a watch: returns the same profiles each time, or refuses. */
function answering(isRefused: () => boolean) {
  const functions = [{ function: "two", file: "src/two.js", line: 5, share: 0.5, total: 0.5 }];
  const answers: Answers = {
    profile: { summary: { seconds: 10, busy: 1, functions, packages: [] }, text: "" },
    allocations: [{ function: "two", file: "src/two.js", line: 5, bytes: 2 ** 20 }],
  };
  return {
    isRunning: false,
    ask: <Kind extends keyof Answers>(asked: Kind): Promise<Answers[Kind]> =>
      isRefused() ? Promise.reject(new Error("refused")) : Promise.resolve(answers[asked]),
  };
}

test("a profile is forgotten five minutes after the last alert of its kind, or if the next one fails", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  onTestFinished(() => void vi.useRealTimers());
  let isRefused = false;
  const watch = answering(() => isRefused);
  const profiles = new TakenAlertProfiles({ watch: () => watch, release: () => {} });
  const evaluated = async (...metrics: readonly (readonly string[])[]): Promise<object> => {
    profiles.evaluated(metrics);
    await new Promise(setImmediate);
    return profiles.annotationsFor([...PROCESSOR, ...MEMORY]);
  };
  const both = { busy_in: "two (src/two.js:5) 50 %", allocated_by: "two (src/two.js:5) 1.0 MiB" };
  expect(await evaluated(PROCESSOR, MEMORY)).toEqual(both);
  vi.advanceTimersByTime(200_000);
  expect(await evaluated(LOOP, MEMORY)).toEqual(both);
  vi.advanceTimersByTime(101_000);
  expect(await evaluated(LOOP)).toEqual({ allocated_by: both.allocated_by });
  isRefused = true;
  expect(await evaluated(MEMORY)).toEqual({});
});
