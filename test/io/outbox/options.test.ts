import { expect, test } from "vitest";
import { OptionsError } from "../../../src/options/options-error.ts";
import { OUTBOX } from "../../../src/options/outbox.ts";

test("only the directory is required", () => {
  expect(OUTBOX.settings({ directory: "/var/lib/app/outbox" })).toEqual({
    directory: "/var/lib/app/outbox",
    maxBytes: 256 * 1_024 * 1_024,
    maxAgeMillis: 24 * 3_600_000,
    catchUp: 20,
    fsync: "collection",
  });
});

test("all invalid options are reported together", () => {
  const wrong: object = {
    directory: "",
    maxBytes: 1e3,
    maxAge: 0,
    catchUp: 0.5,
    fsync: "never",
    maxbytes: 1,
  };
  expect(problemsOf(wrong)).toEqual(["maxbytes", "directory", "maxBytes", "maxAge", "catchUp"]);
  expect(problemsOf(undefined)).toEqual(["options"]);
  expect(problemsOf({})).toEqual(["directory"]);
  expect(problemsOf({ directory: "x", maxAge: undefined })).toEqual([]);
  expect(() => OUTBOX.settings({ directory: "a\0b", maxAge: Number.NaN })).toThrow(
    '  directory must be the path of a folder, got "a\\u0000b"\n  maxAge must be a number of seconds above 0, got NaN',
  );
});

test("parsed settings are used unchanged, similar objects are parsed", () => {
  const settings = OUTBOX.settings({ directory: "/var/lib/app/outbox" });
  expect(OUTBOX.settings(settings)).toBe(settings);
  expect(problemsOf({ ...settings })).toEqual(["maxAgeMillis"]);
});

function problemsOf(options: unknown): readonly string[] {
  try {
    OUTBOX.settings(options);
    return [];
  } catch (error) {
    return error instanceof OptionsError ? error.problems.map(({ name }) => name) : [String(error)];
  }
}
