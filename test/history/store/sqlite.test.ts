import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const FOLDER = join(import.meta.dirname, "../../../src/history");

// Tests on later releases pass with such places.
test("no place for a value has a number, since node:sqlite before Node.js 22.20 and 24.8 leaves that empty", () => {
  const files = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith(".ts"),
  );
  const sources = files.map((path) => [path, readFileSync(join(FOLDER, path), "utf8")] as const);
  expect(sources.filter(([, text]) => /\bprepare\b/.test(text)).length).toBeGreaterThan(5);
  expect(sources.filter(([, text]) => /[ (,=]\?\d/.test(text)).map(([path]) => path)).toEqual([]);
});
