import { basename } from "node:path";
import { expect, test } from "vitest";
import { sourceFiles, runtimeImportsOf } from "../kit/source-imports.ts";

const OPTIONS = [
  "check.ts",
  "environment.ts",
  "event-log.ts",
  "facades.ts",
  "long-interval.ts",
  "options-error.ts",
  "parser.ts",
  "prices.ts",
  "wildcards.ts",
];

test("importing the facades loads only the package of the API, and no reader", () => {
  const sources = new Set(sourceFiles("src"));
  const loaded = new Set(["src/facades/index.ts"]);
  // A set may grow while it is walked.
  for (const file of loaded) for (const target of runtimeImportsOf(file)) loaded.add(target);
  const packages = [...loaded].filter((target) => !sources.has(target) && !target.startsWith("node:"));
  // The package contains the version of upstream's SDK, a constant of its core.
  expect(packages).toEqual(["@opentelemetry/api", "@opentelemetry/core"]);
  // From src/options, which checks options at construction, the facades load their own part and that of the event log.
  const rooms = ["cli", "history", "readers", "sdk", "testing"].map((room) => `src/${room}/`);
  expect([...loaded].filter((file) => rooms.some((room) => file.startsWith(room)))).toEqual([]);
  const options = [...loaded].filter((file) => file.startsWith("src/options/")).map((file) => basename(file));
  expect(options.toSorted()).toEqual(OPTIONS);
});
