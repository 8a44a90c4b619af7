// Faults of a real cluster with elections in a real etcd: each fires, names its cause, and resolves.
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, test } from "vitest";
import { expectFiring, expectResolved, startFaulty } from "../../alerts/monitors/fault-kit.ts";
import { packedProject } from "../../kit/packed-project.ts";
import type { RunningProcess } from "../../kit/process.ts";
import { type Etcd, startEtcd } from "../../servers/etcd.ts";
import { needs } from "../../servers/needs.ts";

beforeAll(packedProject);

const LOST = [
  { name: "NodesLost", cause: "Only 50% of the nodes of the last 1m are active" },
  { name: "SeveralLeaders", cause: "2 processes believe that they lead scheduler" },
];
const SLOW = [{ name: "CoordinationSlow", cause: "Coordination messages lease.keepalive are slow" }];
const NONE = [
  { name: "NoLeader", cause: "No candidate of scheduler is elected" },
  { name: "LeasesLost", cause: "leases were lost in 20s" },
];

test("a paused leader, lost nodes, a slow etcd, and none at all", async (context) => {
  needs(context, "etcd");
  const etcd = await startEtcd();
  const cluster = await startFaulty({
    program: "leaders.js",
    env: { ETCD_URL: etcd.url },
    parameters: {
      nodesLost: { window: "1m" },
      leasesLost: { window: "20s", threshold: 1 },
      coordinationSlow: { threshold: 0.4, events: 1 },
    },
    // Otherwise a group has one leader at most: the highest value of its members.
    options: { views: [{ instrumentName: "coordination.is_leader", acrossMembers: "each" }] },
  });
  const leader = await pidOfLeader(cluster);
  process.kill(leader, "SIGSTOP");
  cluster.write("lose\n");
  await expectFiring(cluster, LOST);
  process.kill(leader, "SIGCONT");
  cluster.write("replace\n");
  await expectResolved(cluster, LOST);

  const slow = expectFiring(cluster, SLOW);
  const isSlow = slow.then(() => true);
  while (!(await Promise.race([isSlow, pause(etcd)])));
  await etcd.kill();
  await expectFiring(cluster, NONE);
  await etcd.startAgain();
  await expectResolved(cluster, [...SLOW, ...NONE]);
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
