// One round of faults: processes that end, in sequence or in parallel, with one outbox and one collector.
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { flushOutbox } from "tachymeter/otlp";
import { Chance } from "./chance.ts";
import { Collector, type Weather } from "./collector.ts";
import { type End, Life, type LifeReport } from "./life.ts";
import { type SmallDisk, smallDisk } from "./small-disk.ts";
import { type Evidence, verdictOf } from "./verdict.ts";

/** The folder and the seed of a round. */
export interface RoundOptions {
  readonly cwd: string;
  readonly folder: string;
  readonly seed: number;
  /** Whether some processes live long enough to retry a failed disk. */
  readonly hasLongLives: boolean;
}

/** The outcome of a round. */
export interface RoundResult {
  readonly problems: readonly string[];
  readonly lives: readonly LifeReport[];
  /** Numbers of accepted requests, of repeated ones among them, and of those whose responses were lost. */
  readonly taken: number;
  readonly twice: number;
  readonly lostAnswers: number;
}

const WEATHERS: readonly [Weather, ...Weather[]] = [
  "ok",
  ...Array<Weather>(4).fill("ok"),
  "late",
  "hang",
  ...Array<Weather>(2).fill("cut after"),
  "cut before",
  ...Array<Weather>(2).fill("down"),
  429,
  500,
  502,
  503,
];

// Time from the start of its work; a full disk is retried after five seconds.
const LIFE_MILLIS = 1_000;
const LONG_LIFE_MILLIS = 7_000;

/** Lets processes live and end until all is delivered. */
export async function round({ cwd, folder, seed, hasLongLives }: RoundOptions): Promise<RoundResult> {
  mkdirSync(folder);
  const chance = new Chance(seed);
  const disk = chance.next() < 0.2 ? smallDisk(join(folder, "disk")) : undefined;
  // If no file system can be mounted, a limit on file sizes stands for a full disk.
  const isLimited = disk === undefined && chance.next() < 0.1;
  const directory = join(disk?.folder ?? folder, "outbox");
  const way = chance.pick(["reader", "exporter"] as const);
  const collector = await Collector.open();
  const faults = new AbortController();
  const turning = [
    turnWeather(collector, new Chance(seed + 1), faults.signal),
    ...(disk === undefined ? [] : [fillAndFree(disk, new Chance(seed + 2), faults.signal)]),
  ];
  const lives: LifeReport[] = [];
  const liveInTurn = async (first: number, count: number): Promise<void> => {
    for (let life = first; life < first + count; life++) {
      const process = new Life({
        cwd,
        folder,
        life,
        way,
        url: collector.url,
        directory,
        ballastBytes: chance.pick([0, 100, 10_000, 60_000]),
        pauseMillis: chance.pick([2, 20]),
        fileLimit: isLimited ? 64 : undefined,
      });
      const end = chance.pick<End>(["SIGKILL", "SIGKILL", "SIGKILL", "SIGKILL", "SIGTERM", "exit"]);
      const isLong = hasLongLives && disk !== undefined && chance.next() < 0.1;
      await process.begun();
      await delay(chance.between(0, isLong ? LONG_LIFE_MILLIS : LIFE_MILLIS));
      lives.push(await process.end(end));
    }
  };
  // In sequence or, in some rounds, two at a time, which share the directory.
  const isAlone = chance.next() < 0.7;
  try {
    await Promise.all([
      liveInTurn(1, chance.whole(2, isAlone ? 4 : 2)),
      ...(isAlone ? [] : [liveInTurn(101, 2)]),
    ]);
  } finally {
    // Before its disk is unmounted; otherwise the machine's disk would be filled instead.
    faults.abort();
    await Promise.all(turning);
  }
  const { rejected, left } = await deliverRest(directory, collector);
  await collector.turn("down");
  const evidence = { takings: collector.takings, lives, isAlone, hasLongTimeout: way === "exporter" };
  const { problems, twice } = verdictOf(evidence);
  const all = [...problems, ...collector.errors];
  if (rejected + left > 0) all.push(`${left} data points left, ${rejected} rejected`);
  if (all.length > 0) all.push(...storyOf(evidence, isLimited, disk !== undefined));
  const { lostAnswers } = collector;
  return { problems: all, lives, taken: collector.takings.length, twice, lostAnswers };
}

/** The events of a round, for the message of a failure. */
function storyOf(
  { takings, lives, isAlone }: Evidence,
  isLimited: boolean,
  isSmall: boolean,
): readonly string[] {
  const taken = takings.map(
    ({ sender, life, collection, isAnswered }) =>
      `${sender}: ${life}/${collection}${isAnswered ? "" : " unanswered"}`,
  );
  return [
    `small disk ${isSmall}, limited files ${isLimited}, one at a time ${isAlone}; taken: ${taken.join(", ")}`,
    ...lives.map((life) => JSON.stringify(life)),
  ];
}

async function turnWeather(collector: Collector, chance: Chance, end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    await collector.turn(chance.pick(WEATHERS));
    await delay(chance.between(10, 150));
  }
  await collector.turn("ok");
}

async function fillAndFree(disk: SmallDisk, chance: Chance, end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    if (chance.next() < 0.5) disk.fill();
    else disk.free();
    await delay(chance.between(50, 600));
  }
  disk.free();
}

// Without a directory, every process was killed before it wrote; the verdict finds what was acknowledged nevertheless.
async function deliverRest(directory: string, collector: Collector) {
  if (!existsSync(directory)) return { rejected: 0, left: 0 };
  const options = { url: collector.url, headers: { "x-life": "flush" }, timeoutMillis: 30_000 };
  return flushOutbox(directory, options, AbortSignal.timeout(120_000));
}
