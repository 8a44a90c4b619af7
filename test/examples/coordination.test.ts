import { resolve } from "node:path";
import { expect, test } from "vitest";
import { samples } from "../instrumentations/applications.ts";
import { runNode, scrape } from "../kit/process.ts";
import { startEtcd } from "../servers/etcd.ts";
import { needs } from "../servers/needs.ts";

const examples = resolve(import.meta.dirname, "../../examples/coordination");

test("workers, leader and locks of a cluster are measured with one flag", async (context) => {
  needs(context, "etcd");
  const etcd = await startEtcd();
  const child = runNode({
    cwd: examples,
    args: ["--import", "tachymeter/register", "workers.mjs"],
    env: { ETCD_URL: etcd.url, WORKERS: "2", ROUNDS: "3", OTEL_EXPORTER_PROMETHEUS_PORT: "0" },
  });
  await child.waitForOutput(/worker \d is the leader/);
  await child.waitForOutput(/all have had their turns/);
  const [, url = ""] = await child.waitForOutput(/Prometheus endpoint at (\S+)/);
  const valuesIn = (text: string, name: string): readonly number[] =>
    samples(text, name).map((line) => Number(line.split(" ").at(-1)));
  // A worker on a busy machine may report its last measurements only in its next interval.
  await expect
    .poll(async () => valuesIn(await scrape(url), "coordination_lock_hold_duration_seconds_count"))
    .toEqual([6]);
  const text = await scrape(url);
  expect(valuesIn(text, "coordination_active_nodes")).toEqual([2]);
  // Two forks; both sides count each message.
  const messages = samples(text, "coordination_messages_total").filter((line) =>
    /"(?:fork|received|sent)"/.test(line),
  );
  expect(messages.map((line) => line.slice(line.lastIndexOf(" ")))).toEqual([" 2", " 14", " 14"]);
  expect(valuesIn(text, "coordination_is_leader")).toEqual([1]);
  expect(child.stderr.match(/Prometheus endpoint/g)).toHaveLength(1);
  child.kill();
  expect(await child.exit).toEqual({ code: 0, signal: null });
});
