// Faults of a real cluster with elections in a real etcd: each fires, names its cause, and resolves.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { packedProject } from "../../kit/packed-project.ts";
import type { RunningProcess } from "../../kit/process.ts";
import { type Etcd, startEtcd } from "../../servers/etcd.ts";
import { needs } from "../../servers/needs.ts";
import { faultyApplication, LONG_WAIT } from "./faulty-application.ts";

beforeAll(packedProject);

test("a paused leader, lost nodes, a slow etcd, and none at all", async (context) => {
  needs(context, "etcd");
  const etcd = await startEtcd();
  const cluster = await faultyApplication({
    program: "leaders.mjs",
    env: { ETCD_URL: etcd.url },
    monitors: {
      nodesLost: { window: "1m" },
      leasesLost: { window: "20s", threshold: 1 },
      coordinationSlow: { threshold: 0.4, events: 1 },
    },
    // Otherwise a group has one leader at most: the highest value of its members.
    options: { views: [{ instrumentName: "coordination.is_leader", acrossMembers: "each" }] },
  });
  const leader = await pidOfLeader(cluster.process);
  process.kill(leader, "SIGSTOP");
  cluster.process.write("lose\n");
  await cluster.fires({
    nodesLost: "Only 50% of the nodes of the last 1m are active",
    severalLeaders: "2 processes believe that they lead scheduler",
  });
  process.kill(leader, "SIGCONT");
  cluster.process.write("replace\n");
  await expect.poll(() => cluster.firing(["nodesLost", "severalLeaders"]), LONG_WAIT).toEqual([]);

  const slow = cluster.fires({ coordinationSlow: "Coordination messages lease.keepalive are slow" });
  const isSlow = slow.then(() => true);
  while (!(await Promise.race([isSlow, pause(etcd)])));
  await etcd.kill();
  await cluster.fires({
    noLeader: "No candidate of scheduler is elected",
    leasesLost: "leases were lost in 20s",
  });
  await etcd.startAgain();
  await expect
    .poll(() => cluster.firing(["coordinationSlow", "noLeader", "leasesLost"]), LONG_WAIT)
    .toEqual([]);
});

async function pidOfLeader(cluster: RunningProcess): Promise<number> {
  const [, name = ""] = await cluster.waitForOutput(/^(\w+) is elected$/m);
  const [, pid] = await cluster.waitForOutput(new RegExp(`^${name} is process (\\d+)$`, "m"));
  return Number(pid);
}

// Stops the server for a while. Leases last longer.
async function pause(etcd: Etcd): Promise<false> {
  etcd.process.kill("SIGSTOP");
  await sleep(900);
  etcd.process.kill("SIGCONT");
  await sleep(1_500);
  return false;
}
