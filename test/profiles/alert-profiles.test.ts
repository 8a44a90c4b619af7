// Which alerts are explained by profiles, and when the watch begins and ends.
import { expect, test, vi } from "vitest";
import { TakenAlertProfiles } from "../../src/sdk/alert-profiles.ts";

const LOOP = ["nodejs_eventloop_delay_seconds_bucket"];
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
