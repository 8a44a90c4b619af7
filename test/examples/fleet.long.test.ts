// The demo in its other forms, and how it ends.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { ALL_DONE, areGone, ENDPOINT, FILES, folderOf, output, setUpDemo, startDemo } from "./demo.ts";

beforeAll(setUpDemo, 300_000);

// Retried, since a busy machine may delay one run, but not each.
test("Ctrl-C ends it within five seconds and leaves no process behind", { retry: 3 }, async () => {
  const demo = startDemo(await folderOf(FILES));
  await demo.waitForOutput(/kill -9 worker-/);
  const asked = performance.now();
  demo.kill("SIGINT");
  expect(await demo.exit).toEqual({ code: 130, signal: null });
  expect(performance.now() - asked).toBeLessThan(5_000);
  expect(await areGone(demo)).toBe(true);
});

test("its processes end if it is killed", async () => {
  const demo = startDemo(await folderOf(FILES));
  await demo.waitForOutput(/round 1: /);
  demo.kill("SIGKILL");
  await vi.waitFor(async () => expect(await areGone(demo)).toBe(true), { interval: 100 });
});

// Retried as above. It fails if a counter falls, or differs from the coordinator's own count.
test(
  "as one group it has one endpoint, also after kill -9 of the serving process",
  { retry: 3 },
  async () => {
    const demo = startDemo("--once", "--cluster", await folderOf(FILES));
    const { code } = await demo.exit;
    expect(`${code} ${demo.stderr}`).toBe("0 ");
    expect(demo.stdout).toMatch(ALL_DONE);
    expect(demo.stdout).toMatch(
      /^worker-1 +http:.*\nlive page +http:.*\ncoordinator +a member of the group$/m,
    );
    expect(demo.stdout).toMatch(
      /^another process serves after \d+ ms: \d+ messages sent, \d+ before the kill$/m,
    );
    expect(demo.stdout).toMatch(/^results received: 2\d\d, the same as the coordinator's own count$/m);
    expect(demo.stdout.match(ENDPOINT)).toHaveLength(1);
    expect((await readdir(output)).toSorted()).toEqual(["fleet.json", "fleet.prom"]);
    const text = await readFile(join(output, "fleet.prom"), "utf8");
    expect(text).toMatch(/^telemetry_group_takeovers_total\{.*\} 1$/m);
    expect(text.match(/^target_info\{/gm)).toHaveLength(1);
    expect(await areGone(demo)).toBe(true);
  },
);

test(
  "with alerts, that of the killed leader arrives at a webhook and is resolved",
  { retry: 3 },
  async () => {
    const demo = startDemo("--once", "--alerts", await folderOf(FILES));
    const { code } = await demo.exit;
    expect(`${code} ${demo.stderr}`).toBe("0 ");
    expect(demo.stdout).toMatch(
      /kill -9 worker-[^]*webhook: alert NodeLost firing: a node is lost, 3 are left[^]*webhook: alert NodeLost resolved/,
    );
    expect(await areGone(demo)).toBe(true);
  },
);
