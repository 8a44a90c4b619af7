import { expect, test } from "vitest";
import { sourceFiles, runtimeImportsOf } from "../kit/source-imports.ts";

test("importing the facades loads no package but the API, and no reader", () => {
  const sources = new Set(sourceFiles("src"));
  const loaded = new Set(["src/facades/index.ts"]);
  // A set may grow while it is walked.
  for (const file of loaded) for (const target of runtimeImportsOf(file)) loaded.add(target);
  const packages = [...loaded].filter((target) => !sources.has(target) && !target.startsWith("node:"));
  expect(packages).toEqual(["@opentelemetry/api"]);
  const rooms = ["cli", "history", "options", "readers", "sdk", "testing"].map((room) => `src/${room}/`);
  expect([...loaded].filter((file) => rooms.some((room) => file.startsWith(room)))).toEqual([]);
});
