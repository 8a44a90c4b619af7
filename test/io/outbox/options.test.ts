import { expect, test } from "vitest";
import { OptionsError } from "../../../src/options/options-error.ts";
import { outboxSettings } from "../../../src/options/outbox.ts";

test("a directory is all that has to be given", () => {
  expect(outboxSettings({ directory: "/var/lib/app/outbox" })).toEqual({
    directory: "/var/lib/app/outbox",
    maxBytes: 256 * 1_024 * 1_024,
    maxAge: 24 * 3_600,
    catchUp: 20,
    fsync: "collection",
  });
});

test("everything that is wrong is said at once", () => {
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
  expect(() => outboxSettings({ directory: "a\0b", maxAge: Number.NaN })).toThrow(
    'outbox: directory must be the path of a folder, got "a\\u0000b"; maxAge must be a number of seconds above 0, got NaN',
  );
});

function problemsOf(options: unknown): readonly string[] {
  try {
    outboxSettings(options);
    return [];
  } catch (error) {
    return error instanceof OptionsError ? error.problems.map(({ name }) => name) : [String(error)];
  }
}
