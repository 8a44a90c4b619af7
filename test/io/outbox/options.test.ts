import { expect, test } from "vitest";
import { OutboxOptionsError, outboxProblems, outboxSettings } from "../../../src/io/outbox/options.ts";
import { Outbox } from "../../../src/io/outbox/index.ts";

test("a directory is all that has to be given", () => {
  expect(outboxSettings({ directory: "/var/lib/app/outbox" })).toEqual({
    directory: "/var/lib/app/outbox",
    maxBytes: 256 * 1_024 * 1_024,
    maxAge: 24 * 3_600,
    catchUp: 20,
    fsync: "collection",
  });
});

test("everything that is wrong is told at once, and nothing is touched", () => {
  const wrong: object = {
    directory: "",
    maxBytes: 1e3,
    maxAge: 0,
    catchUp: 0.5,
    fsync: "never",
    maxbytes: 1,
  };
  expect(outboxProblems(wrong).map(({ name }) => name)).toEqual([
    "directory",
    "maxBytes",
    "maxAge",
    "catchUp",
    "maxbytes",
  ]);
  expect(outboxProblems(undefined)).toHaveLength(1);
  expect(outboxProblems({ directory: "x", maxAge: undefined })).toEqual([]);

  const making = (): Outbox => new Outbox({ directory: "a\0b", maxAge: Number.NaN }, { dropped: () => {} });
  expect(making).toThrow(OutboxOptionsError);
  expect(making).toThrow(
    'outbox: directory is "a\\u0000b", which is not usable; give the path of a folder; ' +
      "maxAge is NaN, which is not usable; give a number of seconds above 0",
  );
});
