import { expect, test } from "vitest";
import { startEtcd } from "../../servers/etcd.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;
const server = serverOfFile("etcd", startEtcd);

test.each(starts())(
  "the locks and elections of %s started with %s are measured",
  async (_, flag, program) => {
    const election = program.replace(".", "-");
    const text = await scrapeOf({
      folder,
      program,
      flag,
      env: { ETCD_URL: server().url, ELECTION: election },
    });
    for (const metric of [
      "coordination_lock_wait_duration_seconds",
      "coordination_lock_hold_duration_seconds",
    ]) {
      expect(samples(text, `${metric}_count`)).toEqual([`${metric}_count{coordination_lock_name="jobs"} 1`]);
    }
    expect(samples(text, "coordination_is_leader")).toEqual([
      `coordination_is_leader{coordination_election_name="${election}"} 1`,
    ]);
    expect(samples(text, "coordination_leader_changes_total")).toEqual([
      "coordination_leader_changes_total{} 1",
    ]);
  },
);
