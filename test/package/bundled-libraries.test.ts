// Libraries without channels in one file, instrumented by the plugin of `tachymeter/bundler`. `npm run test:matrix -- bundlers`
// has all libraries and bundlers.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { samples, scrapeOf } from "../instrumentations/applications.ts";
import { bundle } from "../kit/bundle.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { runNode, scrape } from "../kit/process.ts";
import { needsPostgres, startPostgres } from "../servers/postgres.ts";
import { startRedis } from "../servers/redis.ts";

beforeAll(packedProject);

/** Runs an application from files and from a bundle, and expects the same series with the same counts. */
async function expectSame(
  name: string,
  program: string,
  given: Readonly<Record<string, string>>,
): Promise<void> {
  const folder = resolve(import.meta.dirname, "../instrumentations", name);
  const env = { TACHYMETER_HOST: "false", TACHYMETER_RUNTIME: "false", ...given };
  const run = async (bundler?: string): Promise<readonly string[]> =>
    figuresIn(await scrapeOf({ folder, program, flag: "--import", env, bundler }));
  // One after the other: both would receive what the other one publishes.
  const fromFiles = await run();
  const fromBundle = await run("esbuild");
  expect(fromFiles.length).toBeGreaterThan(3);
  expect(fromBundle).toEqual(fromFiles);
}

// Without times, and ports of the application's own servers.
function figuresIn(text: string): readonly string[] {
  return text
    .split("\n")
    .filter((line) => /^(?:db|http|message)\w*(?<!_bucket|_sum)\{/.test(line))
    .map((line) => line.replace(/(?<=^http.*port=")\d+/, ""))
    .toSorted();
}

test("a bundle with Express, Koa, Fastify and Hono is measured like their files", async () => {
  await expectSame("http", "app.mjs", {});
});

test("a bundle with pg is measured like its files", async (context) => {
  needsPostgres(context);
  const { host, port, user, database } = await startPostgres();
  await expectSame("pg", "app.mjs", { PG_URL: `postgres://${user}@${host}:${port}/${database}` });
}, 120_000);

test("a bundle with ioredis, as CommonJS, is measured like its files", async () => {
  await expectSame("ioredis", "app.cjs", { REDIS_URL: (await startRedis()).url });
});

test("a bundle with Tachymeter in it, as the first import, is measured", async () => {
  const cwd = await application(
    {
      "main.mjs": `
        import "tachymeter/register";
        import CircuitBreaker from "opossum";
        await new CircuitBreaker(async () => {}, { name: "packing" }).fire();
        setInterval(() => {}, 1_000);`,
    },
    { libraries: true },
  );
  const folder = mkdtempSync(join(tmpdir(), "tachymeter-bundle-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const log = await bundle("esbuild", join(cwd, "main.mjs"), join(folder, "main.mjs"), {
    isInstrumented: true,
  });
  expect(log).toBe("");
  const child = runNode({ cwd: folder, args: ["main.mjs"], env: { OTEL_EXPORTER_PROMETHEUS_PORT: "0" } });
  const [, url = ""] = await child.waitForOutput(/Prometheus endpoint at (\S+)/);
  await expect
    .poll(async () => samples(await scrape(url), "circuit_breaker_calls_total"))
    .toEqual([expect.stringMatching(/circuit_breaker_name="packing".* 1$/)]);
  child.kill();
  await child.exit;
});
