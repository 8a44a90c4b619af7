// The function, file and line that block the event loop, for a hundred faults.
import { beforeAll, expect, test } from "vitest";
import { packedProject } from "../kit/packed-project.ts";
import { seed } from "../kit/test-length.ts";
import { faultOf, KINDS } from "./faults.ts";
import { runFaults } from "./run-faults.ts";

beforeAll(packedProject);

test("of 100 random faults, at least 90 are named among the first three functions", async () => {
  const faults = Array.from({ length: 100 }, (_, index) =>
    faultOf(KINDS[index % KINDS.length]!, seed + index),
  );
  const { ranks } = await runFaults(faults);
  const found = ranks.filter(({ rank }) => rank >= 1 && rank <= 3);
  const table = KINDS.map((kind) => {
    const own = ranks.filter((each) => each.kind === kind).map(({ rank }) => (rank === 0 ? "-" : rank));
    return `${kind.padEnd(12)} ${own.join(" ")}`;
  });
  console.log(
    `seed ${seed}, ranks of 10 faults of each kind (- if missing):\n${table.join("\n")}\n${found.length} of 100`,
  );
  for (const { kind, rank, block } of ranks)
    if (rank < 1 || rank > 3) console.log(kind, JSON.stringify(block));
  expect(found.length).toBeGreaterThanOrEqual(90);
});
