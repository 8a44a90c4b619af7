import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { instrumentationFolders } from "./readmes.ts";
import { gaugesOf } from "./restarted.ts";

const withGauges = instrumentationFolders().filter((folder) => gaugesOf(folder).length > 0);

test.each(withGauges)("the gauges of %s are compared with the truth after a restart", (folder) => {
  const tests = join(import.meta.dirname, folder);
  const texts = readdirSync(tests)
    .filter((file) => file.endsWith(".test.ts"))
    .map((file) => readFileSync(join(tests, file), "utf8"));
  expect(texts.some((text) => /restarted\(\s*instrumentation,/.test(text))).toBe(true);
});
