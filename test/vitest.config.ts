import { defineConfig } from "vitest/config";
import { tallyReporter } from "./tally.ts";

// Node.js gets them, too: with `import`, its `require` would load ES modules. Vite knows that one by itself.
const conditions = ["tachymeter-source", "node"];
const tallyFile = process.env["TEST_TALLY_FILE"];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/**/*.test.ts"],
    globalSetup: ["test/run-folder.ts"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 30_000,
    // A second, which it is otherwise, passes unseen on a busy machine.
    expect: { poll: { timeout: 15_000 } },
    hookTimeout: 120_000,
    reporters: tallyFile === undefined ? ["default"] : ["default", tallyReporter(tallyFile)],
  },
});
