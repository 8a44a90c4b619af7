// Real threads and processes as one: exact totals from one endpoint.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { packedProject } from "../kit/packed-project.ts";
import { type ProgramOptions, runningProgram, totalsOf } from "./running-program.ts";

const pm2 = resolve(import.meta.dirname, "../../node_modules/pm2");

beforeAll(packedProject);

describe("the worker threads of one process", () => {
  test.each(["threads.mjs", "nested.mjs", "piscina.mjs", "tinypool.mjs", "workerpool.mjs"])(
    "%s has exact totals in one scrape, and in the next",
    (program) => expectExactTotals(program),
  );

  test("they join with --require, too", () => expectExactTotals("threads.mjs", { flag: "--require" }));
});

describe("the processes of one service", () => {
  test.each(["cluster.mjs", "fork.mjs"])("%s has exact totals in one scrape, and in the next", (program) =>
    expectExactTotals(program),
  );

  test("a pool of child processes has exact totals", () =>
    expectExactTotals("workerpool.mjs", { args: ["process"] }));

  test("the processes of pm2 have exact totals, in modes cluster and fork", (context) => {
    context.skip(!existsSync(pm2), "pm2 is not installed (npm ci does it)");
    return expectExactTotals("pm2.mjs", { flag: "none", env: { PM2: pm2 } });
  });
});

async function expectExactTotals(program: string, options: ProgramOptions = {}): Promise<void> {
  const { child, expected, scrape } = await runningProgram(program, options);
  const names = Object.keys(expected);
  // A process on a busy machine may report its last measurements only in its next interval.
  await expect.poll(async () => totalsOf(await scrape(), names), { timeout: 5_000 }).toEqual(expected);
  for (const text of [await scrape(), await scrape()]) {
    expect(totalsOf(text, names)).toEqual(expected);
    expect(text.match(/^target_info\{/gm)).toHaveLength(1);
  }
  const output = child.stdout + child.stderr;
  expect(output.match(/Prometheus endpoint/g)).toHaveLength(1);
  expect(output).not.toMatch(/ERROR|port .* in use/i);
}
