import { writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestCase, TestModule, TestSuite } from "vitest/node";

/** The results of a run: number of passed and failed tests, and the skipped ones with their reasons. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  /** Titles of the passed tests, without those of their suites. */
  readonly titles: readonly string[];
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  /** The processor time of each test file in seconds, the largest first. */
  readonly seconds: readonly (readonly [file: string, seconds: number])[];
}

/** A reporter that writes the run's tally as JSON to a file, for `test/run.js`. */
export function tallyReporter(file: string): Reporter {
  return {
    onTestRunEnd(modules, unhandledErrors) {
      writeFileSync(file, JSON.stringify(tally(modules, unhandledErrors)));
    },
  };
}

function tally(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): Tally {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const suites = modules.flatMap((module) => [module, ...module.children.allSuites()]);
  // A file that cannot be loaded and a failed hook have no failed test.
  const broken = suites.filter((suite) => suite.errors().length > 0).length + unhandledErrors.length;
  const passed = tests.filter((test) => test.result().state === "passed");
  return {
    passed: passed.length,
    titles: [...new Set(passed.map((test) => test.name))],
    failed: tests.filter((test) => test.result().state === "failed").length + broken,
    seconds: modules
      .map((module): [string, number] => [module.relativeModuleId, module.meta().processorSeconds ?? 0])
      .toSorted(([, one], [, other]) => other - one),
    skipped: tests.flatMap((test) => {
      const { state } = test.result();
      if (state === "passed" || state === "failed") return [];
      return [{ name: `${test.module.relativeModuleId} > ${test.fullName}`, reason: reasonOf(test) }];
    }),
  };
}

function reasonOf(test: TestCase): string {
  const result = test.result();
  if (result.state === "skipped" && result.note !== undefined) return result.note;
  return isSpoilt(test.parent) ? "what it needs failed" : "no reason given";
}

// Whether a hook of the suite, or of a suite that contains it, failed.
function isSpoilt(suite: TestSuite | TestModule): boolean {
  return suite.errors().length > 0 || (suite.type === "suite" && isSpoilt(suite.parent));
}
