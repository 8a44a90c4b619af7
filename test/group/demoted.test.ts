// Exporting processes that lose their role, because the group's folder was removed and another process has claimed it.
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect, test } from "vitest";
import { metricsOf, type OtlpReceiver, otlpReceiver } from "../kit/otlp-receiver/index.ts";
import { packedProject } from "../kit/packed-project.ts";
import { isLong } from "../kit/test-length.ts";
import { fakeNvidiaSmi } from "../host/gpu/fake-nvidia-smi.ts";
import { LOG, RTX_2080 } from "../host/gpu/recorded.ts";
import { type Driven, DrivenGroup, expectTotals } from "./driven.ts";

beforeAll(packedProject);

test("a process that loses its role and gets it back exports all members once, and nothing meanwhile", async () => {
  const receiver = await otlpReceiver();
  const gpu = fakeNvidiaSmi({ gpus: [RTX_2080], log: LOG });
  const group = await DrivenGroup.create();
  const env = {
    OTEL_METRICS_EXPORTER: "prometheus,otlp",
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_METRIC_EXPORT_INTERVAL: "200",
    TACHYMETER_HISTORY: join(group.cwd, "history"),
    TACHYMETER_EVENT_LOG: join(group.cwd, "events.log"),
    TACHYMETER_GPU: "true",
    PATH: `${gpu.folder}:${process.env["PATH"] ?? ""}`,
  };
  const first = await group.join({ env });
  const member = await group.join({ env });
  await first.tell("add 1");
  await member.tell("add 10");
  await expectTotals(group, { counted_total: 11 });
  let expected = 11;
  for (let round = 0; round < (isLong ? 2 : 1); round++) {
    // The next process finds no group, although others live.
    const old = [first, member];
    for (const each of old) each.process.kill("SIGSTOP");
    const removed = `${group.folder}-removed`;
    renameSync(group.folder, removed);
    rmSync(removed, { recursive: true });
    const other = await group.join({ env });
    for (const each of old) each.process.kill("SIGCONT");
    await expectRole(other, "aggregator");
    await expectRole(first, "member");
    await expect.poll(() => gpu.runningOf(first.process.pid), { timeout: 10_000 }).toBe(0);
    await other.tell("add 100");
    expected += 100;
    await expectTotals(group, { counted_total: expected, telemetry_group_members: 3 });
    await expect.poll(() => latestIn(receiver.requests)).toBe(expected);
    const ids = await exportersOfNext(receiver);

    // The first process gets its role back.
    member.process.kill("SIGSTOP");
    other.process.kill("SIGKILL");
    await expectRole(first, "aggregator");
    await expect.poll(() => gpu.runningOf(first.process.pid), { timeout: 10_000 }).toBe(2);
    member.process.kill("SIGCONT");
    await first.tell("add 1000");
    await member.tell("add 10000");
    expected += 11_000;
    await expectTotals(group, { counted_total: expected, telemetry_group_members: 2 });
    await expect.poll(() => latestIn(receiver.requests)).toBe(expected);
    const idsAfterwards = await exportersOfNext(receiver);
    expect([ids, idsAfterwards].map(({ length }) => length)).toEqual([1, 1]);
    expect(ids).not.toEqual(idsAfterwards);
    // The figures of ended processes are removed with the folder.
    expected -= 100;
  }
  expect(first.process.stderr + member.process.stderr).not.toMatch(/ERROR|WARN/);
});

/** The sum of the counter in the latest export. */
function latestIn(requests: OtlpReceiver["requests"]): number | undefined {
  const counted = requests.flatMap(({ body }) => metricsOf(body)).findLast(({ name }) => name === "counted");
  return counted?.kind === "sum" ? counted.points.reduce((sum, { value }) => sum + value, 0) : undefined;
}

/** The ids in the next five exports. Each process that exports has another one here, since the folder was removed. */
async function exportersOfNext({ requests }: OtlpReceiver): Promise<readonly unknown[]> {
  const from = requests.length;
  await expect.poll(() => requests.length, { timeout: 10_000 }).toBeGreaterThan(from + 5);
  const next = requests.slice(from).flatMap(({ body }) => body.resourceMetrics);
  return [...new Set(next.map(({ resource }) => resource.attributes["service.instance.id"]))];
}

async function expectRole(driven: Driven, role: string): Promise<void> {
  await expect
    .poll(
      async () => {
        await driven.tell("role");
        return driven.process.stdout.match(/^role (?!done)\w+$/gm)?.at(-1);
      },
      { timeout: 10_000 },
    )
    .toBe(`role ${role}`);
}
