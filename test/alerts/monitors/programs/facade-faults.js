// Faults of what an application reports by the facades, by name: see `faults.js`.
import { createServer } from "node:net";

export const FACADE_FAULTS = {
  queueGrowing: () => {
    let queued = 0;
    return {
      act: (isFaulty, { messaging }) => {
        queued = isFaulty ? queued + 20 : 0;
        messaging.queueSize("mail", 200 + queued);
      },
    };
  },

  consumerStuck: () => ({
    act: (isFaulty, { messaging }) => {
      messaging.queueSize("jobs", isFaulty ? 5 : 0);
      if (isFaulty) return;
      messaging.received("jobs");
      messaging.processed("jobs", 0.01);
    },
  }),

  messageErrors: () => ({
    act: (isFaulty, { messaging }) =>
      messaging.processed("orders", 0.01, isFaulty ? new TypeError("no") : undefined),
  }),

  commandsFailing: () => ({
    act: (isFaulty, { commands }) => commands.recordExecution(!isFaulty, 0.1, "git"),
  }),

  leaderFlapping: () => {
    let flips = 0;
    return {
      act: (isFaulty, { coordination }) =>
        coordination.leaderChanged(isFaulty ? `node-${flips++ % 2}` : "node-0"),
    };
  },

  noActiveNodes: () => ({
    act: (isFaulty, { coordination }) =>
      isFaulty ? coordination.leave("node-0") : coordination.join("node-0"),
  }),

  lockWaitLong: () => ({
    act: (isFaulty, { coordination }) => coordination.lockAcquired("stock", isFaulty ? 9 : 0.01),
  }),

  unhealthyComponent: () => ({
    act: (isFaulty, { health }) => health.set("database", isFaulty ? "unhealthy" : "healthy"),
  }),

  healthFlapping: () => {
    let beats = 0;
    return {
      act: (isFaulty, { health }) =>
        health.set("cache", isFaulty && beats++ % 8 < 4 ? "degraded" : "healthy"),
    };
  },

  kernelStuck: (_, { kernels }) => {
    kernels.launch("hash");
    kernels.activate("hash");
    return {
      act: (isFaulty) => {
        kernels.recordReceive("hash");
        if (!isFaulty) kernels.recordProcessed("hash", 0.01);
      },
    };
  },

  kernelErrors: (_, { kernels }) => {
    kernels.launch("resize");
    return {
      act: (isFaulty) =>
        isFaulty ? kernels.recordError("resize", new Error("no")) : kernels.recordProcessed("resize", 0.01),
    };
  },

  kernelRestarting: () => {
    let calls = 0;
    return {
      act: (isFaulty, { kernels }) => {
        if (!isFaulty || calls++ % 4 !== 0) return;
        kernels.terminate("video");
        kernels.launch("video");
      },
    };
  },

  connectionPoolWaiting: (_, { network }) => {
    let waiting = 0;
    network.watchPool("main", () => ({ size: 10, idle: 0, waiting }));
    return {
      act: (isFaulty) => {
        waiting = isFaulty ? 3 : 0;
      },
    };
  },

  probeFailing: ({ port }) => {
    let backend;
    return {
      act: async (isFaulty, { network }) => {
        if (isFaulty) {
          backend?.close();
          backend = undefined;
        } else if (backend === undefined) {
          backend = createServer((socket) => socket.destroy());
          await new Promise((resolve) => backend.listen(port, "127.0.0.1", resolve));
        }
        await network.measureTcpLatency("127.0.0.1", port, 1);
      },
    };
  },

  measurementsDropped: () => ({
    act: (isFaulty, { messaging }) => isFaulty && messaging.sent("mail", -1),
  }),

  eventsDropped: (_, { events }) => {
    events.on("fails", () => {
      throw new Error("no");
    });
    return { act: (isFaulty) => isFaulty && events.record({ event_type: "fails", source: "test" }) };
  },
};
