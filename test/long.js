// `npm run test:long`: the tests that have a long form, in it. They are `*.long.test.ts`, those with random cases, and those
// that ask `isLong` of `kit/test-length.ts`; `npm run test:faults` has others. Among them are random programs, expressions
// and names, groups of 200 processes, a day of a healthy application, and hours of others.
// Arguments go to vitest; `TEST_SEED=<number>` repeats a run.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

process.env.TEST_LENGTH = "long";
const chosen = process.argv.slice(2);
process.argv.splice(2, Infinity, "--tests-only", ...(chosen.length > 0 ? chosen : longTests()));
await import("./run.js");

function longTests() {
  return readdirSync(import.meta.dirname, { recursive: true })
    .map((path) => `test/${path.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".test.ts") && !/^test\/(?:faults\/|group\/processes\/kill)/.test(path))
    .filter((path) => path.endsWith(".long.test.ts") || hasLongForm(path));
}

function hasLongForm(path) {
  const text = readFileSync(join(import.meta.dirname, "..", path), "utf8");
  return /\b(?:isLong|runs)\b.*"[./]+kit\/test-length\.ts"|from "fast-check"|\b(?:starts|bothLoaders)\b.*"[./]+applications\.ts"/.test(
    text,
  );
}
