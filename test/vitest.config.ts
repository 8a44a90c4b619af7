import { isBuiltin } from "node:module";
import { resolve } from "node:path";
import { configDefaults, defineConfig, type TestProjectInlineConfiguration } from "vitest/config";
import { isInstalled } from "./kit/is-installed.ts";
import { tallyReporter } from "./kit/tally.ts";
import { isLong, waitMillis } from "./kit/test-length.ts";
import { pageAssetsPlugin } from "./page-assets.js";

// Passed to Node.js too: with condition `import`, its `require` would load ES modules. Vite adds `import` itself.
const conditions = ["tachymeter-source", "node"];
const tallyFile = process.env["TEST_TALLY_FILE"];

// Files whose tests need a process of their own: they mock modules, patch libraries, measure memory, or test what
// happens once in a process. All others share the processes of the workers.
const alone = [
  "test/configuration/**/*.test.ts",
  "test/facades/application-allocations.test.ts",
  // It follows calls by an `AsyncLocalStorage` from then on.
  "test/facades/inner-calls.test.ts",
  "test/instrumentations/!(shared)/!(applications|handlers|shell-line|topic-template).test.ts",
  "test/instrumentations/shared/{bundled-library,destinations,library-files,library-instrumentation,outliving,published-calls,rebuilt-library}.test.ts",
  "test/instrumentations/unused-libraries.test.ts",
  "test/page/browser/**/*.test.ts",
  "test/scale/**/*.test.ts",
  // Modules are mocked or changed.
  "test/anomalies/interrupted-detection.test.ts",
  "test/alerts/evaluation/stalled-source.test.ts",
  "test/anomalies/learned-of-long-intervals.test.ts",
  "test/events/event-log-sync.test.ts",
  "test/history/bridge/error-log.test.ts",
  "test/history/thread/served.test.ts",
  "test/facades/kernels-message-time.test.ts",
  // It makes more registries than join the collections of a process.
  "test/prom-client/differential.test.ts",
  "test/history/store/full-disk.test.ts",
  "test/regression/nested-attributes-history.test.ts",
  "test/regression/one-state-of-facades.test.ts",
  "test/host/container.test.ts",
  "test/host/large-machine.test.ts",
  "test/host/readings/file-systems.test.ts",
  "test/host/readings/file-text.test.ts",
  // A channel of undici has two objects if the first one was collected before `fetch` loaded undici: Node.js then forgets the
  // second one.
  "test/readers/json/snapshot-exporter.test.ts",
  // Older versions of NestJS bring helpers that are global.
  "test/frameworks/nestjs.test.ts",
  // All metrics of the registry of a process are collected.
  "test/cli/dashboards/prom-client-rules.test.ts",
  "test/readers/push-reader-end.test.ts",
  "test/regression/scope-labels.test.ts",
  // All sockets of the process are counted.
  "test/readers/prometheus/serving/liveness.test.ts",
  // Memory is measured.
  "test/alerts/sequences/bounds.test.ts",
  "test/engine/series/series-memory.test.ts",
  "test/host/heap.test.ts",
  "test/regression/reloads-of-alerts-kept-in-memory.test.ts",
  // Long calculations: the heap and the code of files before them would make them slower.
  "test/alerts/evaluation/rule-engine.test.ts",
  "test/alerts/monitors/engine.test.ts",
  "test/alerts/monitors/promtool.test.ts",
  "test/anomalies/application/slow-dependency.test.ts",
  "test/collector/collector-laws.test.ts",
  "test/engine/attribute-sets.test.ts",
  "test/engine/differential/differential.test.ts",
  "test/engine/odd-attributes.test.ts",
  "test/history/kit/kit.test.ts",
  "test/history/windows/*.test.ts",
  "test/page/accuracy.test.ts",
  "test/query/differential/*.test.ts",
  "test/query/evaluation/prometheus.test.ts",
  "test/query/http/fuzz.test.ts",
  "test/query/syntax/prometheus.test.ts",
  "test/testing/evaluate-rules.test.ts",
  // The variables of a configuration file stay those of the process.
  "test/readers/otlp/renewed-exporter.test.ts",
  // The last id of the process, and the last warning, are remembered.
  "test/events/uuid-v7.test.ts",
  "test/query/live/live-columns.test.ts",
];

// Libraries that are too large for a dependency of ours: `npm run test:matrix -- libraries` installs them.
const LARGE_LIBRARIES: Readonly<Record<string, readonly string[]>> = {
  cohere: ["cohere-ai"],
  elasticsearch: ["@elastic/elasticsearch", "@opensearch-project/opensearch"],
  "google-genai": ["@google/genai"],
  "graphile-worker": ["graphile-worker"],
  langchain: ["langchain", "@langchain/core", "@langchain/openai"],
  mistral: ["@mistralai/mistralai"],
  moleculer: ["moleculer"],
};
const missing = Object.keys(LARGE_LIBRARIES).filter((folder) => !LARGE_LIBRARIES[folder]?.every(isInstalled));
// Part of Node.js from 22.5 on.
if (!isBuiltin("node:sqlite")) missing.push("node-sqlite");

const excluded = [
  ...configDefaults.exclude,
  ...missing.map((folder) => `test/instrumentations/${folder}/*.test.ts`),
  // They have only a long form: `npm run test:long`, `npm run test:faults` and `npm run test:scale`.
  ...(isLong ? [] : ["**/*.long.test.ts", "test/faults/anomalies/**", "test/faults/monitors/**"]),
  ...(process.env["TEST_LENGTH"]?.startsWith("scale") === true ? [] : ["test/scale/**"]),
  // The option of the command line does not reach projects.
  ...(process.env["TEST_EXCLUDE"] === undefined ? [] : [process.env["TEST_EXCLUDE"]]),
];

const SET_UP = ["test/kit/runtime-directory.ts", "test/kit/time-limits.ts", "test/kit/file-times.ts"];

/** A project of vitest; both have the same settings. */
function project(
  settings: NonNullable<TestProjectInlineConfiguration["test"]>,
): TestProjectInlineConfiguration {
  return {
    // The tests serve the page that the sources make.
    plugins: [pageAssetsPlugin()],
    resolve: {
      conditions,
      alias: [
        { find: /^fast-check$/, replacement: resolve(import.meta.dirname, "kit/seeded-fast-check.ts") },
      ],
    },
    ssr: { resolve: { conditions } },
    test: {
      pool: "forks",
      setupFiles: SET_UP,
      expect: { poll: { timeout: waitMillis } },
      // Enough for a test with several waits; the long forms do at least ten times as much.
      testTimeout: isLong ? 1_800_000 : 180_000,
      hookTimeout: 600_000,
      ...settings,
    },
  };
}

export default defineConfig({
  test: {
    globalSetup: ["test/kit/run-folder.ts"],
    maxWorkers: 3,
    teardownTimeout: 60_000,
    reporters: tallyFile === undefined ? ["default"] : ["default", tallyReporter(tallyFile)],
    projects: [
      project({ name: "alone", include: alone, exclude: excluded, sequence: { groupOrder: 0 } }),
      project({
        name: "shared",
        include: ["test/**/*.test.ts"],
        exclude: [...excluded, ...alone],
        isolate: false,
        setupFiles: [...SET_UP, "test/kit/left-behind.ts"],
        sequence: { groupOrder: 1 },
      }),
    ],
  },
});
