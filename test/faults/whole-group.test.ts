// Processes of the whole SDK that are killed at random, exporting ones included.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { application } from "../kit/packed-project.ts";
import { tachymeter } from "../cli/running.ts";
import { freePort, type RunningProcess, runNode, scrape } from "../kit/process.ts";
import { isLong, seed } from "../kit/test-length.ts";
import { Chance } from "./chance.ts";
import { totalsOf } from "../group/running-program.ts";

const KILLS = isLong ? 300 : 4;
const PROCESSES = 4;
const INTERVAL_SECONDS = 0.2;
// Steps in which a report is certain: each waits for at least 5 ms, in the event loop that reports, too.
const UNREPORTED_STEPS = (3 * (1_000 * INTERVAL_SECONDS)) / 5;
const PER_STEP = 10;

// Each process that runs is one more listener.
process.setMaxListeners(0);
if (isLong) vi.setConfig({ testTimeout: 1_200_000 });

// Notes each step before it records, so that the journal has at least what was recorded.
const PROGRAM = `
  import { openSync, writeSync } from "node:fs";
  import { setTimeout } from "node:timers/promises";
  import { metrics } from "@opentelemetry/api";
  const journal = openSync(process.argv[2] + "/" + process.pid, "w");
  const meter = metrics.getMeter("kills");
  const counted = meter.createCounter("counted");
  const sizes = meter.createHistogram("sizes");
  let isEnding = false;
  process.on("SIGTERM", () => (isEnding = true));
  console.log("started");
  while (!isEnding) {
    writeSync(journal, ".");
    for (let i = 0; i < ${PER_STEP}; i++) {
      counted.add(1, { parity: i % 2 });
      sizes.record(i + 0.1);
    }
    await setTimeout(5);
  }
  process.exit();
`;

const NAMES = ["counted_total", "sizes_count", "sizes_sum"];

test(`no total falls while processes are killed, and each loses at most its last interval`, async () => {
  const journals = "journals";
  const cwd = await application({ "app.mjs": PROGRAM, [`${journals}/.keep`]: "" });
  const port = await freePort();
  const directory = join(cwd, "group");
  const chance = new Chance(seed);
  const start = async (): Promise<RunningProcess> => {
    const child = runNode({
      cwd,
      args: ["--import", "tachymeter/register", "app.mjs", journals],
      env: {
        OTEL_SERVICE_NAME: "kills",
        OTEL_EXPORTER_PROMETHEUS_PORT: `${port}`,
        TACHYMETER_GROUP: "kills",
        TACHYMETER_GROUP_DIRECTORY: directory,
        TACHYMETER_GROUP_INTERVAL: `${INTERVAL_SECONDS}`,
        TACHYMETER_GROUP_REPORTER: chance.pick(["loop", "thread"]),
        TACHYMETER_HOST: "false",
        TACHYMETER_RUNTIME: "false",
      },
    });
    await child.waitForOutput(/started/);
    return child;
  };
  const running = await Promise.all(Array.from({ length: PROCESSES }, start));
  const killed = new Set<number>();
  let before: Readonly<Record<string, number>> = {};
  let scrapes = 0;
  const look = async (): Promise<void> => {
    const text = await scrape(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
    if (text === undefined || !/^counted_total/m.test(text)) return;
    const now = totalsOf(text, NAMES);
    for (const name of NAMES)
      expect(now[name], `${name}, seed ${seed}`).toBeGreaterThanOrEqual(before[name] ?? 0);
    before = now;
    scrapes++;
  };
  for (let kill = 0; kill < KILLS; kill++) {
    const until = performance.now() + chance.between(0, 600);
    while (performance.now() < until) {
      await look();
      await setTimeout(10);
    }
    const at = chance.whole(0, PROCESSES - 1);
    const child = running[at]!;
    child.kill("SIGKILL");
    await child.exit;
    killed.add(child.pid);
    running[at] = await start();
  }
  for (const child of running) child.kill("SIGTERM");
  for (const child of running) expect(await child.exit).toEqual({ code: 0, signal: null });
  expect(scrapes).toBeGreaterThan(KILLS / 2);

  const { stdout } = await tachymeter("scrape", directory);
  const totals = totalsOf(stdout, ["counted_total", "sizes_count"]);
  const steps = readdirSync(join(cwd, journals))
    .filter((name) => name !== ".keep")
    .map((name) => ({ pid: Number(name), steps: readFileSync(join(cwd, journals, name)).length }));
  const most = steps.reduce((sum, each) => sum + each.steps, 0) * PER_STEP;
  const least = steps.reduce((sum, each) => {
    const lost = killed.has(each.pid) ? UNREPORTED_STEPS : 0;
    return sum + Math.max(0, each.steps - lost) * PER_STEP;
  }, 0);
  console.log(
    `${KILLS} kills, ${scrapes} scrapes, recorded ${most}, in the group ${totals["counted_total"]}, at least ${least}, TEST_SEED=${seed}`,
  );
  for (const total of Object.values(totals)) {
    expect(total).toBeLessThanOrEqual(most);
    expect(total).toBeGreaterThanOrEqual(least);
  }
});
