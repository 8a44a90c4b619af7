import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import { errorMessage } from "../../../src/diagnostics/error-message.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { type RunningProcess, runNode } from "../../kit/process.ts";
import { Random } from "../../kit/random.ts";
import { isLong, seed } from "../../kit/test-length.ts";

const repository = resolve(import.meta.dirname, "../../..");

test("a process that is killed at any moment loses no firing or pending alert", async () => {
  const random = new Random(seed);
  const folder = newFolder("killed");
  const program = join(folder, "engine.mjs");
  await build({
    entryPoints: [join(import.meta.dirname, "killed-engine.ts")],
    outfile: program,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["tachymeter-source"],
    absWorkingDir: repository,
    logLevel: "error",
    banner: {
      js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);',
    },
  });
  const directory = newFolder("alerts");
  let firedAt: number | undefined;
  for (let round = 0; round < (isLong ? 100 : 4); round++) {
    const running = runNode({ args: [program, directory, "data"], cwd: folder });
    await running.waitForOutput(/"Steady","state":"firing"/);
    await expect.poll(() => savedState(directory)).toContain('"alertname":"Waiting"');
    await new Promise((go) => void setTimeout(go, random.integer(0, 400)));
    await killed(running);
    // A complete file at any time.
    expect(() => JSON.parse(savedState(directory))).not.toThrow();
    // Without data, nothing says that the alerts have ended.
    const restarted = runNode({ args: [program, directory, "no-data"], cwd: folder });
    const [line = ""] = await restarted.waitForOutput(/^\[.*\]$/m);
    await killed(restarted);
    const alerts: readonly { readonly name: string; readonly state: string; readonly firedAt?: number }[] =
      JSON.parse(line);
    const steady = alerts.find(({ name }) => name === "Steady");
    expect(steady?.state).toBe("firing");
    firedAt ??= steady?.firedAt;
    expect(steady?.firedAt).toBe(firedAt);
    expect(alerts.find(({ name }) => name === "Waiting")?.state).toBe("pending");
  }
});

async function killed(running: RunningProcess): Promise<void> {
  running.kill("SIGKILL");
  await running.exit;
}

function savedState(directory: string): string {
  try {
    return readFileSync(join(directory, "alerts.json"), "utf8");
  } catch (error) {
    return errorMessage(error);
  }
}
