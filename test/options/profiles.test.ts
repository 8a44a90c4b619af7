import { expect, test } from "vitest";
import { readConfiguration } from "../../src/options/index.ts";

const DEFAULTS = {
  isAlways: true,
  blockThresholdMillis: 100,
  samplingHertz: 20,
  directory: undefined,
  maxBytes: 67_108_864,
};

test.each([
  [undefined, undefined, { ...DEFAULTS, isAlways: false }],
  [true, undefined, DEFAULTS],
  [false, "true", undefined],
  [undefined, "True", DEFAULTS],
  [undefined, "false", undefined],
  [
    { blockThreshold: 0.25, sampling: 40, directory: "x", maxBytes: 2 ** 20 },
    "false",
    { isAlways: true, blockThresholdMillis: 250, samplingHertz: 40, directory: "x", maxBytes: 2 ** 20 },
  ],
])("profiles of %j, and the variable %s", (profiles, variable, expected) => {
  const { profiles: read, problems } = readConfiguration(
    profiles === undefined ? {} : { profiles },
    variable === undefined ? {} : { TACHYMETER_PROFILES: variable },
  );
  expect({ read, problems }).toEqual({ read: expected, problems: [] });
});

test.each([
  ["yes", "profiles"],
  [{ blockThreshold: 0.001 }, "profiles.blockThreshold"],
  [{ blockThreshold: 61 }, "profiles.blockThreshold"],
  [{ blockThreshold: "1" }, "profiles.blockThreshold"],
  [{ sampling: 0 }, "profiles.sampling"],
  [{ sampling: 5_000 }, "profiles.sampling"],
  [{ directory: "" }, "profiles.directory"],
  [{ maxBytes: 5 }, "profiles.maxBytes"],
  [{ threshold: 1 }, "profiles.threshold"],
])("profiles of %j are a problem", (profiles, name) => {
  const { problems } = readConfiguration({ profiles }, {});
  expect(problems.map((problem) => problem.name)).toEqual([name]);
});
