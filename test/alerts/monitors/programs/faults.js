// Faults by name. Each makes a function `act(isFaulty, telemetry)`, which is called each 100 ms or `pauseMillis`.
import { createServer, get } from "node:http";
import { fork } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { freemem } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { getHeapSpaceStatistics } from "node:v8";
import { steadyLoad } from "./load.js";

const MIB = 2 ** 20;

export const FAULTS = {
  steadyLoad,

  // One synchronous call after the other, some of them long.
  blockedLoop: () => {
    let calls = 0;
    return { pauseMillis: 20, act: (isFaulty) => isFaulty && standStill(calls++ % 8 === 0 ? 1_800 : 400) };
  },

  // Memory that is never freed.
  heapLeak: () => {
    const kept = [];
    let calls = 0;
    return {
      act: (isFaulty) => {
        if (isFaulty) kept.push(Array.from({ length: 40_000 }, Math.random));
        else kept.length = 0;
        if (isFaulty && calls++ % 5 === 0) globalThis.gc();
      },
    };
  },

  bufferLeak: () => {
    const kept = [];
    return { act: (isFaulty) => (isFaulty ? kept.push(Buffer.alloc(MIB)) : kept.splice(0)) };
  },

  // Each collection stops all else.
  collections: () => ({
    act: (isFaulty) => {
      if (isFaulty) for (let i = 0; i < 3; i++) globalThis.gc();
    },
  }),

  openFiles: () => {
    const files = [];
    return {
      act: (isFaulty) => {
        if (isFaulty) while (files.length < 200) files.push(openSync("/dev/null", "r"));
        else for (const file of files.splice(0)) closeSync(file);
      },
    };
  },

  // Grows to nine tenths of the heap, and stays there.
  fullHeap: ({ oldSpaceBytes }) => {
    const kept = [];
    let steps = 0;
    return {
      act: (isFaulty) => {
        if (!isFaulty) kept.length = 0;
        else if (retainedBytes() < 0.9 * oldSpaceBytes)
          kept.push(Array.from({ length: 160_000 }, Math.random));
        if (steps++ % 5 === 0) globalThis.gc();
      },
    };
  },

  // Major collections of a heap of many small objects.
  pauses: () => {
    let kept = [];
    return {
      pauseMillis: 500,
      act: (isFaulty) => {
        const wanted = isFaulty ? 20 : 0;
        if (!isFaulty) kept = [];
        while (kept.length < wanted)
          kept.push(Array.from({ length: 100_000 }, (_, i) => ({ i, text: `${i}` })));
        if (isFaulty) globalThis.gc();
      },
    };
  },

  // Takes memory until the machine has less than `wantedBytes`. Some is held from the start, and freed with the rest.
  machineMemory: ({ heldPieces, wantedBytes }) => {
    const kept = [];
    const add = () => kept.push(Buffer.allocUnsafeSlow(128 * MIB).fill(1));
    while (kept.length < heldPieces) add();
    return {
      act: (isFaulty) => {
        if (isFaulty && freemem() > wantedBytes && kept.length < 40) add();
        if (isFaulty || kept.length <= heldPieces) return;
        kept.length = 0;
        globalThis.gc();
      },
    };
  },

  // Almost all of the control group's memory.
  groupMemory: ({ limitBytes }) => {
    const kept = [];
    return {
      act: (isFaulty) => {
        if (isFaulty && process.memoryUsage.rss() < 0.95 * limitBytes)
          kept.push(Buffer.allocUnsafeSlow(8 * MIB).fill(1));
        if (isFaulty || kept.length === 0) return;
        kept.length = 0;
        globalThis.gc();
      },
    };
  },

  // A control group that may use a tenth of a processor, and a process that uses more.
  busy: ({ limit: { file, usual, low } }) => {
    let isLow = false;
    return {
      pauseMillis: 1,
      act: (isFaulty) => {
        if (isFaulty !== isLow) writeFileSync(file, isFaulty ? low : usual);
        isLow = isFaulty;
        return isFaulty ? block(20) : sleep(100);
      },
    };
  },

  // The file sets the clock of this process: see libfaketime.
  clock: ({ file, change }) => {
    let isSet = false;
    return {
      act: (isFaulty) => {
        if (isFaulty === isSet || isSet) return;
        isSet = true;
        writeFileSync(file, change);
      },
    };
  },

  // A file system that fills up.
  disk: ({ folder, pieceBytes }) => {
    let files = 0;
    return {
      act: (isFaulty) => {
        if (!isFaulty) while (files > 0) rmSync(join(folder, String(--files)));
        else
          try {
            appendFileSync(join(folder, String(files)), Buffer.alloc(pieceBytes));
            files++;
          } catch (error) {
            if (error.code !== "ENOSPC") throw error;
          }
      },
    };
  },

  // A server whose responses fail. The first request comes with the fault.
  failingServer: () => {
    let status = 200;
    let server;
    return {
      pauseMillis: 20,
      act: async (isFaulty) => {
        if (!isFaulty && server === undefined) return;
        status = isFaulty ? 500 : 200;
        if (server === undefined) {
          server = createServer((_, response) => response.writeHead(status).end());
          await once(server.listen(0, "127.0.0.1"), "listening");
        }
        const [response] = await once(get({ port: server.address().port, agent: false }), "response");
        await once(response.resume(), "end");
      },
    };
  },

  // A collection that the application has stopped.
  stoppedCollection: () => ({
    act: (isFaulty, { collector }) => (isFaulty ? collector.stopCollection() : collector.startCollection()),
  }),

  // A callback that waits for a slow system.
  slowCallback: () => {
    let delayMillis = 0;
    let gauge;
    return {
      act: (isFaulty, { meterProvider }) => {
        delayMillis = isFaulty ? 1_500 : 0;
        if (gauge !== undefined) return;
        gauge = meterProvider.getMeter("shop").createObservableGauge("shop.stock");
        gauge.addCallback(async (result) => {
          await sleep(delayMillis);
          result.observe(1);
        });
      },
    };
  },

  // An instrumentation of a database pool that fails.
  unreadablePool: () => {
    let isBroken = false;
    let connections;
    return {
      act: (isFaulty, { meterProvider }) => {
        isBroken = isFaulty;
        if (connections !== undefined) return;
        const meter = meterProvider.getMeter("database");
        connections = meter.createObservableUpDownCounter("db.client.connection.count", {
          unit: "{connection}",
        });
        connections.addCallback((result) => {
          if (isBroken) throw new Error("the pool has no figures");
          result.observe(2, { "db.client.connection.state": "used" });
        });
      },
    };
  },

  // An attribute with a value for each user.
  manySeries: () => {
    let users = 0;
    return {
      act: (isFaulty, { meterProvider }) => {
        const counter = meterProvider.getMeter("shop").createCounter("shop.orders");
        counter.add(1, { user: 0 });
        const added = isFaulty ? 200 : 0;
        for (let i = 0; i < added; i++) counter.add(1, { user: users++ });
      },
    };
  },

  // A child process that is stopped, as by a debugger.
  silentChild: ({ childOptions }) => {
    let child;
    let isStopped = false;
    return {
      act: (isFaulty, { group }) => {
        // After the start of this process, which exports for the group.
        child ??= fork("faulty.js", ["{}"], {
          env: { ...process.env, OPTIONS: JSON.stringify(childOptions) },
          // The lines of standard input are for this process.
          stdio: ["pipe", "inherit", "inherit", "ipc"],
        });
        if (isFaulty === isStopped || group.members().length < 2) return;
        isStopped = isFaulty;
        child.kill(isFaulty ? "SIGSTOP" : "SIGCONT");
      },
    };
  },

  // A metric whose series are no longer unique by the label that a rule matches by.
  brokenRule: () => {
    const regions = ["north"];
    let gauges;
    return {
      act: (isFaulty, { meterProvider }) => {
        regions.length = isFaulty ? 2 : 1;
        regions.fill("south", 1);
        if (gauges !== undefined) return;
        const meter = meterProvider.getMeter("shop");
        gauges = ["shop.orders", "shop.customers"].map((name) => meter.createObservableGauge(name));
        for (const gauge of gauges)
          gauge.addCallback((result) => {
            for (const region of regions) result.observe(2, { shop: "1", region });
          });
      },
    };
  },

  // A receiver that is away.
  receiverAway: ({ port }) => {
    let server;
    let orders;
    let size = 0;
    return {
      act: async (isFaulty, { messaging }) => {
        orders ??= setInterval(() => messaging.queueSize("jobs", size++ % 2), 1_500);
        if (isFaulty) {
          server?.closeAllConnections();
          server?.close();
          server = undefined;
        } else if (server === undefined) {
          server = createServer((request, response) => void request.resume().on("end", () => response.end()));
          await once(server.listen(port, "127.0.0.1"), "listening");
        }
      },
    };
  },
};

// As a call of the operating system that takes long, without processor time.
function standStill(millis) {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, millis);
}

function block(millis) {
  const end = performance.now() + millis;
  while (performance.now() < end);
}

function retainedBytes() {
  return getHeapSpaceStatistics()
    .filter(({ space_name }) => !space_name.startsWith("new_"))
    .reduce((sum, { space_used_size }) => sum + space_used_size, 0);
}
