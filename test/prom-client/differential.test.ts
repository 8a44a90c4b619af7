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
  ["@prometheus-io/client", successor, ofAllPackages],
  ["@platformatic/prom-client", fork, (program: Program) => withSortedBuckets(ofAllPackages(program))],
] as const)(
  "random programs have the same outcome with our module for %s",
  async (name, library, allowed) => {
    await fc.assert(
      fc.asyncProperty(programs.map(allowed), async (program) => {
        const [ours, theirs] = [await outcomeOf(moduleFor(name), program), await outcomeOf(library, program)];
        expect(comparable(ours)).toEqual(comparable(theirs));
      }),
      { numRuns },
    );
  },
);

// The packages differ from prom-client 15 in unknown labels and missing values: docs/from-prom-client.md.
function ofAllPackages(program: Program): Program {
  return { ...program, steps: program.steps.filter((step) => isOfAllPackages(step, program)) };
}

function isOfAllPackages({ target, method, given, child }: Step, { metrics }: Program): boolean {
  const names = new Set(Object(metrics[target]?.configuration["labelNames"]));
  const isPresent = (value: unknown): boolean => value !== null && value !== "";
  const isByLabels = method === "labels" || method === "remove";
  if (isByLabels && given.includes(undefined)) return false;
  return [...given, ...(child?.given ?? [])].every((each) =>
    typeof each === "object" && each !== null
      ? Object.entries(each).every(
          ([name, value]) => names.has(name) && isPresent(value) && value !== undefined,
        )
      : isPresent(each),
  );
}

// The fork searches for a value's bucket by halving the list.
function withSortedBuckets({ metrics, ...rest }: Program): Program {
  const sorted = metrics.map(({ kind, configuration }) => {
    const { buckets } = configuration;
    return Array.isArray(buckets)
      ? { kind, configuration: { ...configuration, buckets: buckets.toSorted((a, b) => a - b) } }
      : { kind, configuration };
  });
  return { ...rest, metrics: sorted };
}

// Names are sorted in their messages. The sum of a summary without labels has `undefined` there, and `{}` here.
function comparable(outcome: Outcome): unknown {
  const errors = outcome.errors.map((error) =>
    error.replace(/labelset: \[(.*)\]/, (_, names: string) => names.trim().split(", ").toSorted().join()),
  );
  const all = JSON.stringify(outcome.json, (key, value: unknown) =>
    key === "labels" ? (value ?? {}) : value,
  );
  return { ...outcome, errors, json: JSON.parse(all) };
}
