// `npm run test:scale`: many processes send to one VictoriaMetrics, through an outage of it and through kills.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { flushOutbox } from "tachymeter/otlp";
import { expect, test } from "vitest";
import { newFolder } from "../kit/new-folder.ts";
import { application, packedModules } from "../kit/packed-project.ts";
import { type RunningProcess, runNode } from "../kit/process.ts";
import { VictoriaMetrics } from "../servers/victoria-metrics.ts";
import { Arrivals } from "./arrivals.ts";
import { capturedRequest } from "./captured-request.ts";

const isShort = process.env["TEST_LENGTH"] === "scale-short";
const PROCESSES = Number(process.env["TEST_PROCESSES"] ?? (isShort ? 60 : 1_000));
const REAL = Math.min(isShort ? 10 : 50, PROCESSES / 2);
const KILLED = Math.ceil(REAL / 5);
const SERIES = isShort ? 500 : 2_000;
const INTERVAL = isShort ? 5 : 60;
const OUTAGE_SECONDS = isShort ? 30 : 600;
const BEFORE_SECONDS = 3 * INTERVAL;
// The longest pause between two attempts, the backlog at the stated rate with half of it in reserve, and an interval.
const CATCH_UP_SECONDS = 60 + OUTAGE_SECONDS / 10 + INTERVAL;
const CAPTURED_VALUE = 1_234_567_890_123;

/** One process that has exported. A killed one may have collected once more than it could store. */
interface Exported {
  readonly instance: string;
  readonly collections: number;
  readonly isKilled: boolean;
}

test("many processes lose nothing in an outage", { timeout: 1_800_000 }, async (context) => {
  process.setMaxListeners(0);
  const server = await VictoriaMetrics.start(context);
  await packedModules();
  const program = (name: string): string => readFileSync(join(import.meta.dirname, "programs", name), "utf8");
  const cwd = await application({ "real.mjs": program("real.js"), "replayed.mjs": program("replayed.js") });
  const directory = newFolder("scale-outbox");
  const replayedDirectory = newFolder("scale-outboxes");
  const startReal = (
    instance: string,
    { url = server.otlpUrl, folder = directory, interval = INTERVAL, first = 1 } = {},
  ) =>
    runNode({
      cwd,
      args: ["real.mjs", JSON.stringify({ url, directory: folder, interval, series: SERIES, first })],
      env: { OTEL_RESOURCE_ATTRIBUTES: `service.name=scale,service.instance.id=${instance}` },
    });

  const captured = await capturedRequest("captured-0000000", CAPTURED_VALUE, (url) => {
    const folder = newFolder("captured-outbox");
    startReal("captured-0000000", { url, folder, interval: 2, first: CAPTURED_VALUE });
  });
  const instances = Array.from({ length: PROCESSES - REAL }, (_, index) => nameOf("replayed", index));
  const settings = { url: server.otlpUrl, directory: replayedDirectory, interval: INTERVAL, series: SERIES };
  const replayed = runNode({
    cwd,
    args: ["replayed.mjs", JSON.stringify({ ...settings, instances, captured })],
  });
  const real = Array.from({ length: REAL }, (_, index) => nameOf("reallife", index));
  const running = new Map<string, RunningProcess>(real.map((instance) => [instance, startReal(instance)]));
  await replayed.waitForOutput(/begun/);
  for (const each of running.values()) await each.waitForOutput(/begun/, 600_000);

  const arrivals = new Arrivals(server);
  await delay(BEFORE_SECONDS * 1_000);
  const spread = arrivals.spread(INTERVAL);
  await server.goAway();
  await delay((OUTAGE_SECONDS / 2) * 1_000);
  const exported: Exported[] = [];
  for (const instance of real.slice(0, KILLED)) {
    const killed = running.get(instance)!;
    killed.kill("SIGKILL");
    await killed.exit;
    exported.push({ instance, collections: collectionsOf(killed.stdout), isKilled: true });
    running.delete(instance);
    const next = instance.replace("reallife", "nextlife");
    running.set(next, startReal(next));
  }
  await delay((OUTAGE_SECONDS / 2) * 1_000);
  await server.comeBack();
  const back = performance.now();
  const waiting = (): number => Number(/.*\nwaiting (\d+)/s.exec(replayed.stdout)?.[1]);
  const mostWaiting = waiting();
  await expect.poll(waiting, { timeout: 600_000, interval: 500 }).toBeLessThan(PROCESSES / 20);
  const drainSeconds = (performance.now() - back) / 1_000;
  const most = await arrivals.end();

  for (const [instance, each] of running) {
    each.kill("SIGTERM");
    await each.exit;
    exported.push({ instance, collections: collectionsOf(each.stdout), isKilled: false });
  }
  replayed.kill("SIGTERM");
  await replayed.exit;
  for (const instance of instances)
    exported.push({ instance, collections: collectionsOf(replayed.stdout, `${instance} `), isKilled: false });
  for (const folder of [directory, ...instances.map((instance) => join(replayedDirectory, instance))]) {
    const rest = await flushOutbox(folder, { url: server.otlpUrl }, AbortSignal.timeout(300_000));
    expect({ rejected: rest.rejected, left: rest.left }).toEqual({ rejected: 0, left: 0 });
  }

  const samples = exported.reduce((sum, { collections }) => sum + collections * SERIES, 0);
  console.log(
    `${PROCESSES} processes, ${REAL} of them real, ${KILLED} killed; ${SERIES} series each ${INTERVAL} s, ${samples} samples; ` +
      `outage ${OUTAGE_SECONDS} s, then ${mostWaiting} requests waiting, sent in ${drainSeconds.toFixed(1)} s; requests a second: ` +
      `mean ${spread.mean.toFixed(1)}, most in a tenth of the interval ${spread.most.toFixed(1)}, most after the outage ${most}`,
  );
  await server.flush();
  // A query of the present may miss samples of the last seconds.
  await delay(5_000);
  const problems: string[] = [];
  for (const process of exported) problems.push(...(await problemsOf(server, process)));
  expect(problems).toEqual([]);
  expect(exported.length).toBe(PROCESSES + KILLED);
  expect(drainSeconds).toBeLessThan(CATCH_UP_SECONDS);
  // All at the same time would be ten times the mean.
  expect(spread.most).toBeLessThan(4 * spread.mean);
});

async function problemsOf(
  server: VictoriaMetrics,
  { instance, collections, isKilled }: Exported,
): Promise<string[]> {
  const jobs = `{__name__="jobs","service.instance.id"="${instance}"}[2h]`;
  const figure = async (expression: string): Promise<number> =>
    (await server.query(expression, "none"))[""] ?? 0;
  const [series, fewest, least, last] = await Promise.all([
    figure(`count(last_over_time(${jobs}))`),
    // Values and not samples: a request whose response was lost arrives twice.
    figure(`min(distinct_over_time(${jobs}))`),
    figure(`min(max_over_time(${jobs}))`),
    figure(`max(max_over_time(${jobs}))`),
  ]);
  const wanted = isKilled && fewest === collections - 1 ? collections - 1 : collections;
  if (wanted === 0) return [];
  const isWhole = series === SERIES && fewest === wanted && least === wanted && last === wanted;
  return isWhole
    ? []
    : [
        `${instance}: ${collections} collections, but ${series} series, ${fewest} values, last ${least} to ${last}`,
      ];
}

function nameOf(kind: string, index: number): string {
  return `${kind}-${String(index).padStart(7, "0")}`;
}

function collectionsOf(output: string, instance = ""): number {
  const lines = output.matchAll(new RegExp(`^collection ${instance}(\\d+)$`, "gm"));
  return Math.max(0, ...Array.from(lines, ([, number]) => Number(number)));
}
