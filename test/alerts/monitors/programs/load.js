// A steady load of an application without faults: requests, messages, jobs, commands, locks, checks.
import { once } from "node:events";
import { createServer, get } from "node:http";

const NODES = ["node-0", "node-1"];

/** Ten turns a second. */
export const steadyLoad = () => {
  let server;
  let turn = 0;
  let waiting = [];
  return {
    act: async (_, telemetry) => {
      server ??= await begin(telemetry);
      turn++;
      const { messaging, commands, coordination, kernels, health, network } = telemetry;
      // A consumer that is a turn behind, and one message of a thousand that fails.
      messaging.sent("jobs", 300);
      messaging.queueSize("jobs", (waiting = [...waiting, turn]).length);
      for (const each of waiting.splice(0, waiting.length - (turn % 3))) {
        messaging.received("jobs", 300);
        messaging.processed(
          "jobs",
          0.01 + (each % 7) / 1_000,
          each % 1_000 === 0 ? new Error("no") : undefined,
        );
      }
      kernels.recordReceive("hash");
      kernels.recordProcessed("hash", 0.002);
      if (turn % 10 === 0) commands.recordExecution(turn % 500 !== 0, 0.1, "git");
      coordination.lockAcquired("stock", 0.001);
      coordination.lockReleased("stock", 0.002);
      if (turn % 20 === 0) {
        health.set("database", "healthy");
        for (const node of NODES) coordination.heartbeat(node);
      }
      if (turn % 50 === 0) await network.measureTcpLatency("127.0.0.1", server.address().port, 1);
      await requested(server.address().port);
      // Memory that is freed again.
      Array.from({ length: 2_000 }, (_each, i) => ({ i, turn }));
    },
  };
};

async function begin({ coordination, kernels, health }) {
  for (const node of NODES) coordination.join(node);
  coordination.leaderChanged("node-0");
  kernels.launch("hash");
  kernels.activate("hash");
  health.set("database", "healthy");
  const server = createServer((_, response) => {
    setTimeout(() => response.writeHead(200).end("ok"), 5);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return server;
}

async function requested(port) {
  const [response] = await once(get({ port, agent: false }), "response");
  await once(response.resume(), "end");
}
