// `npm run test:faults` is the long form of it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { application } from "../kit/packed-project.ts";
import { isLong, seed } from "../kit/test-length.ts";
import { PHASES } from "./life.ts";
import { type RoundResult, round } from "./round.ts";
import { newFolder } from "../kit/new-folder.ts";

const ROUNDS = isLong ? 200 : 4;
const AT_ONCE = 4;
const LIMIT_MILLIS = isLong ? Infinity : 45_000;

let cwd: string;

beforeAll(async () => {
  const program = (name: string): string => readFileSync(join(import.meta.dirname, "programs", name), "utf8");
  cwd = await application({ "life.mjs": program("life.js"), "slow-disk.mjs": program("slow-disk.js") });
  // Each process that runs is one more listener.
  process.setMaxListeners(0);
});

test.skipIf(process.platform === "win32")(
  "acknowledged collections arrive in order despite faults of processes, collector and disk",
  { timeout: isLong ? 3_600_000 : 240_000 },
  async () => {
    const folder = newFolder("faults");
    const results: RoundResult[] = [];
    const begin = performance.now();
    let next = 0;
    const worker = async (): Promise<void> => {
      while (next < ROUNDS && performance.now() - begin < LIMIT_MILLIS) {
        const number = next++;
        const result = await round({
          cwd,
          folder: join(folder, `round-${number}`),
          seed: seed + 1_000 * number,
          hasLongLives: isLong,
        });
        results.push({ ...result, problems: result.problems.map((each) => `round ${number}: ${each}`) });
      }
    };
    // If one fails, the others finish before their disks and processes are removed.
    const workers = Array.from({ length: AT_ONCE }, () => worker().finally(() => (next = ROUNDS)));
    await Promise.allSettled(workers);
    await Promise.all(workers);
    console.log(`${summary(results)}; TEST_SEED=${seed}`);
    expect(
      results.flatMap(({ problems }) => problems),
      `TEST_SEED=${seed}`,
    ).toEqual([]);
    expect(results.reduce((sum, { taken }) => sum + taken, 0)).toBeGreaterThan(results.length);
    if (!isLong) return;
    const hit = new Set(killsOf(results).flatMap(({ phases }) => phases));
    expect(
      PHASES.filter((phase) => !hit.has(phase)),
      "phases that no kill hit",
    ).toEqual([]);
  },
);

function summary(results: readonly RoundResult[]): string {
  const lives = results.flatMap((result) => result.lives);
  const sum = (key: "taken" | "twice" | "lostAnswers") =>
    results.reduce((total, result) => total + result[key], 0);
  const kills = killsOf(results);
  const hits = PHASES.map(
    (phase) => `${phase} ${kills.filter(({ phases }) => phases.includes(phase)).length}`,
  );
  const idle = kills.filter(({ phases }) => phases.length === 0).length;
  return (
    `${results.length} rounds, ${lives.length} processes, ${kills.length} of them killed (amid ${hits.join(", ")}, none ${idle}), ` +
    `${lives.filter(({ hasDiskFailed }) => hasDiskFailed).length} with a disk that failed; ` +
    `${lives.reduce((total, { acknowledged }) => total + acknowledged, 0)} steps acknowledged, ` +
    `${sum("taken")} requests taken, ${sum("twice")} of them once more, ${sum("lostAnswers")} answers lost`
  );
}

function killsOf(results: readonly RoundResult[]) {
  return results.flatMap(({ lives }) => lives).filter(({ end }) => end === "SIGKILL");
}
