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
  await child.waitForOutput(/(?:Prometheus endpoint at \S+[^]*){3}/);
  const urls = [...child.stderr.matchAll(/Prometheus endpoint at (\S+)/g)].map(([, url = ""]) => url);
  const texts = await Promise.all(urls.map((url) => scrape(url)));
  const valuesOf = (name: string): readonly number[] =>
    texts.map((text) => samples(text, name).reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0));
  // The primary comes first: it knows its workers and their messages.
  expect(valuesOf("coordination_active_nodes")[0]).toBe(2);
  expect(samples(texts[0] ?? "", "coordination_messages_total").map((line) => line.slice(-2))).toEqual([
    " 2",
    " 7",
    " 7",
  ]);
  expect(valuesOf("coordination_lock_hold_duration_seconds_count")).toEqual([0, 3, 3]);
  expect(valuesOf("coordination_is_leader").filter(Boolean)).toEqual([1]);
  child.kill();
  expect(await child.exit).toEqual({ code: 0, signal: null });
});
