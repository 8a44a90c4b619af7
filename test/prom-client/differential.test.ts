import fork from "@platformatic/prom-client";
import successor from "@prometheus-io/client";
import fc from "fast-check";
import real from "prom-client";
import { expect, test } from "vitest";
import own from "../../src/prom-client/index.ts";
import { moduleFor } from "../../src/prom-client/packages.ts";
import { isLong } from "../kit/test-length.ts";
import { type Outcome, outcomeOf, type Program, programs, type Step } from "./random-program.ts";

const numRuns = isLong ? 2000 : 200;

test("random programs have the same errors, JSON and text, byte by byte, as with the real package", async () => {
  await fc.assert(
    fc.asyncProperty(programs, async (program) => {
      expect(await outcomeOf(own, program)).toEqual(await outcomeOf(real, program));
    }),
    { numRuns },
  );
});

test.each([
  ["@prometheus-io/client", successor],
  ["@platformatic/prom-client", fork],
] as const)("random programs have the same outcome with our module for %s", async (name, library) => {
  await fc.assert(
    fc.asyncProperty(programs.map(ofAllPackages), async (program) => {
      const [ours, theirs] = [await outcomeOf(moduleFor(name), program), await outcomeOf(library, program)];
      expect(withLabels(ours)).toEqual(withLabels(theirs));
    }),
    { numRuns },
  );
});

// The packages differ from prom-client 15 in unknown labels and missing values: docs/from-prom-client.md.
function ofAllPackages(program: Program): Program {
  return { ...program, steps: program.steps.filter((step) => isOfAllPackages(step, program)) };
}

function isOfAllPackages({ target, given, child }: Step, { metrics }: Program): boolean {
  const names = new Set(Object(metrics[target]?.configuration["labelNames"]));
  const isPresent = (value: unknown): boolean => value !== null && value !== "";
  return [...given, ...(child?.given ?? [])].every((each) =>
    typeof each === "object" && each !== null
      ? Object.entries(each).every(
          ([name, value]) => names.has(name) && isPresent(value) && value !== undefined,
        )
      : isPresent(each),
  );
}

// The sum of a summary without labels has `undefined` there, and `{}` here.
function withLabels(outcome: Outcome): unknown {
  const all = JSON.stringify(outcome.json, (key, value: unknown) =>
    key === "labels" ? (value ?? {}) : value,
  );
  return { ...outcome, json: JSON.parse(all) };
}
