// Metrics of prom-client, of the real package and of ours, in the processes of a cluster.
import { beforeAll, expect, test } from "vitest";
import { packedProject } from "../kit/packed-project.ts";
import { runningProgram } from "./running-program.ts";

beforeAll(packedProject);

test.each([
  ["the bridge", ""],
  ["prom-client's API on our engine", "--import tachymeter/prom-client/register"],
])("by %s, the metrics of all members are added up on the only endpoint", async (_, flags) => {
  const { child, scrape } = await runningProgram("prom-client.mjs", {
    env: { NODE_OPTIONS: flags, TACHYMETER_PROMETHEUS_SCOPE_LABELS: "false" },
  });
  const names = /^(?:orders|calls|wait|size|carts)_/;
  const samples = async (): Promise<readonly string[]> =>
    (await scrape()).split("\n").filter((line) => names.test(line) && !line.includes("quantile"));
  const expected = [
    // The one that exited had 1 + 5, and what it counted stays.
    'orders_total{shop="north"} 12',
    "calls_total 12",
    'wait_seconds_bucket{shop="north",le="1"} 2',
    'wait_seconds_bucket{shop="north",le="2"} 3',
    'wait_seconds_bucket{shop="north",le="+Inf"} 4',
    'wait_seconds_sum{shop="north"} 8',
    'wait_seconds_count{shop="north"} 4',
    "size_bytes_sum 8",
    "size_bytes_count 4",
    'carts_sum{shop="a"} 3',
    'carts_min{shop="a"} 0',
    'carts_max{shop="a"} 2',
    'carts_average{shop="a"} 1',
    // The primary's own.
    'carts_omit{shop="a"} 0',
  ].toSorted();
  // A process on a busy machine may report its last measurements only in its next interval.
  await expect.poll(async () => (await samples()).toSorted(), { timeout: 10_000 }).toEqual(expected);
  expect((await samples()).toSorted()).toEqual(expected);
  expect(child.stdout + child.stderr).not.toMatch(/error|warning/i);
});
