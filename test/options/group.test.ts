import { expect, test } from "vitest";
import { readConfiguration } from "../../src/options/index.ts";

type Variables = Readonly<Record<string, string>>;

const groupOf = (options: Record<string, unknown>, environment: Variables = {}) =>
  readConfiguration(options, environment).group;
const problemsOf = (options: Record<string, unknown>, environment: Variables = {}) =>
  readConfiguration(options, environment).problems;

const DEFAULTS = {
  name: undefined,
  directory: undefined,
  intervalMillis: 1_000,
  reporter: "loop",
  gauges: "last",
  workerAttribute: "worker.id",
};

test("a group is on by default, named after the service, and reports each second in the event loop", () => {
  expect(groupOf({})).toEqual(DEFAULTS);
  for (const group of [true, {}, "auto", undefined]) expect(groupOf({ group })).toEqual(DEFAULTS);
  for (const TACHYMETER_GROUP of ["auto", " AUTO ", "true", "1", "Yes", "on", ""])
    expect(groupOf({}, { TACHYMETER_GROUP })).toEqual(DEFAULTS);
});

test("the option, else the variable, turns the group off", () => {
  expect(groupOf({ group: false })).toBeUndefined();
  expect(groupOf({ group: "false" })).toBeUndefined();
  for (const TACHYMETER_GROUP of ["False", "0", "no", "off"])
    expect(groupOf({}, { TACHYMETER_GROUP })).toBeUndefined();
  expect(groupOf({ group: true }, { TACHYMETER_GROUP: "false" })).toEqual(DEFAULTS);
  expect(groupOf({ group: { interval: 5 } }, { TACHYMETER_GROUP: "false" })).toMatchObject({
    name: undefined,
    intervalMillis: 5_000,
  });
  expect(groupOf({ group: false }, { TACHYMETER_GROUP: "shop" })).toBeUndefined();
});

test("the name is that of the option, else of the variable", () => {
  const variable = { TACHYMETER_GROUP: "stock" };
  expect(groupOf({ group: "shop" }, variable)).toEqual({ ...DEFAULTS, name: "shop" });
  expect(groupOf({ group: { name: "shop" } }, variable)).toEqual({ ...DEFAULTS, name: "shop" });
  expect(groupOf({ group: { reporter: "thread" } }, variable)).toMatchObject({ name: "stock" });
  expect(groupOf({ group: true }, variable)).toMatchObject({ name: "stock" });
  expect(groupOf({ group: "auto" }, variable)).toMatchObject({ name: undefined });
});

test("each field is set by its option, else by its variable", () => {
  const environment = {
    TACHYMETER_GROUP_DIRECTORY: "/run/shop",
    TACHYMETER_GROUP_INTERVAL: "0.25",
    TACHYMETER_GROUP_REPORTER: "thread",
    TACHYMETER_GROUP_GAUGES: "each",
    TACHYMETER_GROUP_WORKER_ATTRIBUTE: "shop.worker",
  };
  const byVariables = {
    name: undefined,
    directory: "/run/shop",
    intervalMillis: 250,
    reporter: "thread",
    gauges: "each",
    workerAttribute: "shop.worker",
  };
  expect(groupOf({}, environment)).toEqual(byVariables);
  expect(groupOf({ group: "shop" }, environment)).toEqual({ ...byVariables, name: "shop" });
  const group = {
    directory: "state",
    interval: 2,
    reporter: "loop",
    gauges: "sum",
    workerAttribute: "thread",
  };
  expect(groupOf({ group }, environment)).toEqual({
    name: undefined,
    directory: "state",
    intervalMillis: 2_000,
    reporter: "loop",
    gauges: "sum",
    workerAttribute: "thread",
  });
});

test("all invalid fields and variables of the group are reported together", () => {
  const group = {
    name: "../shop",
    directory: "",
    interval: 5_000,
    reporter: "worker",
    gauges: "median",
    workerAttribute: 1,
    intervall: 5,
  };
  expect(problemsOf({ group }).map(({ name, must }) => [name, must])).toEqual([
    ["group.intervall", "be an existing option, such as interval"],
    ["group.name", "be a name of at most 64 letters, digits, '.', '_' and '-', usable as a folder's name"],
    ["group.directory", "be the path of a folder"],
    ["group.interval", "be a number of seconds from 0.01 to 3600"],
    ["group.reporter", "be one of 'loop', 'thread'"],
    ["group.gauges", "be one of 'last', 'sum', 'min', 'max', 'mean', 'each'"],
    ["group.workerAttribute", "be a non-empty string"],
  ]);
  const environment = {
    TACHYMETER_GROUP: "a b",
    TACHYMETER_GROUP_INTERVAL: "soon",
    TACHYMETER_GROUP_REPORTER: "helper",
    TACHYMETER_GROUP_GAUGES: "all",
  };
  expect(problemsOf({}, environment).map(({ name, value }) => [name, value])).toEqual(
    Object.entries(environment),
  );
  expect(problemsOf({}, environment)[0]).toMatchObject({
    must: "be 'auto', 'false' or a name of at most 64 letters, digits, '.', '_' and '-', usable as a folder's name",
  });
  for (const wrong of [5, null, [], ""]) {
    expect(problemsOf({ group: wrong }).map(({ name }) => name)).toEqual(["group"]);
  }
  expect(problemsOf({ group: { name: "auto" } })).toHaveLength(1);
});

test.each(["shop", "a", "9", "shop.eu-1_b", "S".repeat(64)])("%s is a name of a group", (group) => {
  expect(groupOf({ group })).toMatchObject({ name: group });
});

test.each([".", "..", "a/b", "a\\b", "a.", "-a", ".a", "a b", "ä", "NUL", "con.txt", "a".repeat(65), "a\0"])(
  "%j is not a name of a group",
  (group) => expect(problemsOf({ group }).map(({ name }) => name)).toEqual(["group"]),
);
