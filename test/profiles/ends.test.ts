// The end of a process while V8's profiler runs.
import { beforeAll, expect, test } from "vitest";
import { packedProject } from "../kit/packed-project.ts";
import { Random } from "../kit/random.ts";
import { seed } from "../kit/test-length.ts";
import { ALL_WAYS, runSessions } from "./ends.ts";

beforeAll(packedProject);

test("a process ends as without profiles, at once and without a message of the inspector", async () => {
  const random = new Random(seed);
  // One after the other: a profiler's thread that gets no processor for a second holds the end up.
  const runs: Awaited<ReturnType<typeof runSessions>>[] = [];
  for (const way of ALL_WAYS) runs.push(await runSessions(way, 2, random));
  expect(runs.map(({ way, exit, stderr }) => ({ way, exit, stderr }))).toEqual(
    runs.map(({ way, expected }) => ({ way, exit: expected, stderr: "" })),
  );
});
