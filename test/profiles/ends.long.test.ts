// A thousand starts and ends of sessions of the profiler.
import { beforeAll, expect, test } from "vitest";
import { packedProject } from "../kit/packed-project.ts";
import { Random } from "../kit/random.ts";
import { seed } from "../kit/test-length.ts";
import { ALL_WAYS, type EndedRun, runSessions } from "./ends.ts";

beforeAll(packedProject);

const PROCESSES = 100;
const SESSIONS = 10;

test("no process crashes or complains in 1,000 sessions with random blocks and ends", async () => {
  const random = new Random(seed);
  const wrong: EndedRun[] = [];
  for (let index = 0; index < PROCESSES; index++) {
    const run = await runSessions(random.oneOf(ALL_WAYS), SESSIONS, random);
    const { exit, expected, stderr } = run;
    if (exit.code !== expected.code || exit.signal !== expected.signal || stderr !== "") wrong.push(run);
  }
  expect(wrong).toEqual([]);
});
