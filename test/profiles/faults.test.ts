// The function, file and line that block the event loop, for ten kinds of faults.
import { beforeAll, expect, test } from "vitest";
import { packedProject } from "../kit/packed-project.ts";
import { seed } from "../kit/test-length.ts";
import { faultOf, KINDS } from "./faults.ts";
import { runFaults } from "./run-faults.ts";

beforeAll(packedProject);

test("a block of each kind is reported with its function, file and line among the first three", async () => {
  const { ranks, stderr } = await runFaults(KINDS.map((kind) => faultOf(kind, seed)));
  expect(stderr).toBe("");
  expect(ranks.filter(({ rank }) => rank < 1 || rank > 3)).toEqual([]);
});
