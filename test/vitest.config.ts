import { resolve } from "node:path";
import { defineConfig } from "vitest/config";
import { tallyReporter } from "./kit/tally.ts";
import { isLong, waitMillis } from "./kit/test-length.ts";

// Node.js gets them, too: with `import`, its `require` would load ES modules. Vite knows that one by itself.
const conditions = ["tachymeter-source", "node"];
const tallyFile = process.env["TEST_TALLY_FILE"];

export default defineConfig({
  resolve: {
    conditions,
    alias: [{ find: /^fast-check$/, replacement: resolve(import.meta.dirname, "kit/seeded-fast-check.ts") }],
  },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/kit/run-folder.ts"],
    pool: "forks",
    maxWorkers: 2,
    setupFiles: ["test/kit/patience.ts"],
    expect: { poll: { timeout: waitMillis } },
    // Of a test that waits for several things, as long as none takes forever; the long forms do ten times as much and more.
    testTimeout: isLong ? 1_800_000 : 180_000,
    hookTimeout: 600_000,
    teardownTimeout: 60_000,
    reporters: tallyFile === undefined ? ["default"] : ["default", tallyReporter(tallyFile)],
  },
});
