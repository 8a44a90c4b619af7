// `npm run test:scale`: many processes send to one VictoriaMetrics, through an outage of it and through kills.
import { setTimeout as delay } from "node:timers/promises";
import { loadavg } from "node:os";
import { flushOutbox } from "tachymeter/otlp";
import { expect, test } from "vitest";
import { VictoriaMetrics } from "../servers/victoria-metrics.ts";
import { completenessOf, type Exported } from "./completeness.ts";
import { Fleet } from "./fleet.ts";
import { type Load, LoadMeter } from "./load.ts";
import * as settings from "./settings.ts";
import { crowdingOf, limitOf, mostWithin, randomPhases, randomReturns } from "./spread.ts";

const { CATCH_UP, INTERVAL, KILLED, MAX_PAUSE, OUTAGE, PROCESSES, REAL, SERIES, STEADY } = settings;
const WINDOW = INTERVAL / 10;

test("many processes lose nothing in an outage", { timeout: 1_800_000 }, async (context) => {
  process.setMaxListeners(0);
  const begin = performance.now();
  const server = await VictoriaMetrics.start(context);
  const fleet = await Fleet.start(server.otlpUrl);
  const meter = new LoadMeter(server);
  say(
    "processes",
    `${PROCESSES}, ${REAL} of them real; ${SERIES} series each ${INTERVAL} s; catchUp ${CATCH_UP}`,
  );

  meter.begin();
  const start = performance.now();
  await fleet.begin();
  await delay(INTERVAL * 1_000);
  await until(() => fleet.waiting < PROCESSES / 20, settings.START_LIMIT - INTERVAL);
  say("start", `${((performance.now() - start) / 1_000).toFixed(0)} s`, textOf(meter.load));
  meter.begin();
  await delay(STEADY * 1_000);
  const steady = meter.load;
  const { arrivals } = meter;
  const { activeSeries } = await server.counts();
  say("steady", textOf(steady), `${activeSeries} active series`);
  const phases = crowdingOf(WINDOW, () => randomPhases(PROCESSES, INTERVAL, STEADY / INTERVAL));
  const most = mostWithin(WINDOW, arrivals);
  say(
    "arrivals",
    `at most ${most} in ${WINDOW} s; random: ${textOfCrowd(phases)}; ${arrivals.length} requests`,
  );
  const firsts = fleet.firstCollections;
  const realPhases = crowdingOf(WINDOW, () => randomPhases(REAL, INTERVAL, 1));
  const realMost = mostWithin(WINDOW, firsts);
  say("real ones", `at most ${realMost} in ${WINDOW} s; random: ${textOfCrowd(realPhases)}`);

  const catchUpsBefore = fleet.catchUps.length;
  await server.goAway();
  const outage = performance.now();
  await delay((OUTAGE / 2) * 1_000);
  await fleet.kill(KILLED);
  await delay(outage + OUTAGE * 1_000 - performance.now());
  const mostWaiting = fleet.waiting;
  const outboxBytes = fleet.outboxBytes / (PROCESSES - REAL);
  say("outage", `${mostWaiting} requests wait; an outbox has ${outboxBytes.toFixed(0)} bytes on disk`);
  meter.begin();
  await server.comeBack();
  const back = performance.now();
  const backSeconds = Date.now() / 1_000;
  const isCaughtUp = async (): Promise<boolean> =>
    fleet.waiting < PROCESSES / 20 &&
    fleet.catchUps.length - catchUpsBefore >= PROCESSES - REAL &&
    (await fleet.incompleteReal(server)) === 0;
  await until(isCaughtUp, settings.CATCH_UP_LIMIT);
  const drainSeconds = (performance.now() - back) / 1_000;
  await meter.end();
  say("catch-up", `nothing waits after ${drainSeconds.toFixed(1)} s`, textOf(meter.load));
  const returns = fleet.returns.map((at) => at - backSeconds).filter((at) => at > -1);
  const returned = crowdingOf(1, () => randomReturns(PROCESSES - REAL, INTERVAL, OUTAGE, MAX_PAUSE));
  const mostReturned = mostWithin(1, returns);
  say(
    "returns",
    `${returns.length}; at most ${mostReturned} in 1 s; random: ${textOfCrowd(returned)}; last after ${Math.max(...returns).toFixed(1)} s`,
  );
  // Sent at `1 + catchUp` times the rate of production.
  const ratios = fleet.catchUps
    .slice(catchUpsBefore)
    .filter(({ requests }) => requests > 1)
    .map(({ requests, seconds }) => seconds / (((requests - 1) * INTERVAL) / (CATCH_UP + 1)))
    .toSorted((left, right) => left - right);
  const [fastest = 0, median = 0, slowest = 0] = [0, 0.5, 0.99].map(
    (share) => ratios[Math.floor(ratios.length * share)],
  );
  say(
    "rate",
    `time beside the stated: ${fastest.toFixed(2)}, median ${median.toFixed(2)}, 99th percentile ${slowest.toFixed(2)}`,
  );

  const [usage] = fleet.usages.toSorted((left, right) => left.cpuMillis - right.cpuMillis).slice(REAL / 2);
  const exported = await fleet.end();
  say("failed attempts", JSON.stringify(fleet.failures));
  say(
    "a real process",
    `${usage?.cpuMillis.toFixed(1)} ms of CPU a collection, ${((usage?.residentBytes ?? 0) / 1e6).toFixed(0)} MB resident`,
  );
  for (const folder of [fleet.directory, ...fleet.directories]) {
    const rest = await flushOutbox(folder, { url: server.otlpUrl }, AbortSignal.timeout(60_000));
    expect({ rejected: rest.rejected, left: rest.left }).toEqual({ rejected: 0, left: 0 });
  }
  const isReal = ({ instance }: Exported): boolean => !instance.startsWith("replayed");
  const ofReal = await completenessOf(server, exported.filter(isReal), SERIES);
  const replayed = exported.filter((each) => !isReal(each));
  const ofReplayed = await completenessOf(server, replayed, SERIES);
  const problems = [...ofReal.problems, ...ofReplayed.problems];
  const { diskBytes } = await server.counts();
  say(
    "at the backend",
    `${ofReal.samples + ofReplayed.samples} samples, ${ofReal.repeated + ofReplayed.repeated} of them twice`,
    `${problems.length} processes with gaps; ${diskBytes} bytes on disk`,
  );
  say("run", `${((performance.now() - begin) / 1_000).toFixed(0)} s`);
  expect(problems).toEqual([]);
  // A request is repeated only if its response was lost.
  const { ECONNREFUSED: _, ...lost } = fleet.failures;
  const lostResponses = Object.values(lost).reduce((sum, each) => sum + each, 0);
  expect(ofReplayed.repeated).toBeLessThanOrEqual(lostResponses * SERIES);
  expect(exported.length).toBe(PROCESSES + KILLED);
  expect(most).toBeLessThan(limitOf(phases));
  expect(firsts.length).toBe(REAL);
  expect(realMost).toBeLessThan(limitOf(realPhases));
  expect(mostReturned).toBeLessThan(limitOf(returned));
  expect(drainSeconds).toBeLessThan(settings.CATCH_UP_LIMIT);
  expect(fastest).toBeGreaterThan(0.8);
  expect(median).toBeLessThan(1.2);
});

/** Waits until the condition holds, at most the given time. */
async function until(isMet: () => boolean | Promise<boolean>, seconds: number): Promise<void> {
  const limit = performance.now() + seconds * 1_000;
  while (!(await isMet()) && performance.now() < limit) await delay(1_000);
}

function say(what: string, ...figures: readonly string[]): void {
  const load = loadavg()[0]?.toFixed(1);
  console.log(`${new Date().toISOString().slice(11, 19)} (load ${load}) ${what}: ${figures.join("; ")}`);
}

function textOfCrowd({ mean, deviation }: { readonly mean: number; readonly deviation: number }): string {
  return `${mean.toFixed(1)} ± ${deviation.toFixed(1)}`;
}

function textOf(load: Load): string {
  return [
    `${load.samplesPerSecond.toFixed(0)} samples/s for ${load.seconds.toFixed(0)} s, ${load.mostSamplesPerSecond.toFixed(0)} in the busiest 10 s`,
    `${load.cpuCores.toFixed(2)} cores, ${load.cpuSecondsPerMillionSamples.toFixed(2)} CPU s a million samples`,
    `${load.bytesPerSample.toFixed(1)} B a sample, ${(load.residentBytes / 1e6).toFixed(0)} MB resident`,
  ].join("; ");
}
