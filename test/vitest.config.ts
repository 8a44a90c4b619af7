import { resolve } from "node:path";
import { configDefaults, defineConfig } from "vitest/config";
import { tallyReporter } from "./kit/tally.ts";
import { isLong, waitMillis } from "./kit/test-length.ts";
import { pageAssetsPlugin } from "./page-assets.js";

// Passed to Node.js too: with condition `import`, its `require` would load ES modules. Vite adds `import` itself.
const conditions = ["tachymeter-source", "node"];
const tallyFile = process.env["TEST_TALLY_FILE"];

export default defineConfig({
  // The tests serve the page that the sources make.
  plugins: [pageAssetsPlugin()],
  resolve: {
    conditions,
    alias: [{ find: /^fast-check$/, replacement: resolve(import.meta.dirname, "kit/seeded-fast-check.ts") }],
  },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/**/*.test.ts"],
    // They have only a long form: `npm run test:long`, `npm run test:faults` and `npm run test:scale`.
    exclude: [
      ...configDefaults.exclude,
      ...(isLong ? [] : ["**/*.long.test.ts", "test/faults/anomalies/**", "test/faults/monitors/**"]),
      ...(process.env["TEST_LENGTH"]?.startsWith("scale") === true ? [] : ["test/scale/**"]),
    ],
    globalSetup: ["test/kit/run-folder.ts"],
    pool: "forks",
    maxWorkers: 3,
    setupFiles: ["test/kit/time-limits.ts", "test/kit/file-times.ts"],
    expect: { poll: { timeout: waitMillis } },
    // Enough for a test with several waits; the long forms do at least ten times as much.
    testTimeout: isLong ? 1_800_000 : 180_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
    reporters: tallyFile === undefined ? ["default"] : ["default", tallyReporter(tallyFile)],
  },
});
