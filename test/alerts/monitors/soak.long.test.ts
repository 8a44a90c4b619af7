// Applications without faults, with a steady load and idle: no monitor fires. An hour takes six minutes.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import { CATALOGUE } from "../../../src/alerts/monitors/monitor-groups.ts";
import { alertName } from "../../../src/alerts/monitors/monitor.ts";
import { durationMillis } from "../../../src/alerts/rules/duration.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { packedProject } from "../../kit/packed-project.ts";
import { freePort } from "../../kit/process.ts";
import { firedIn, killed, startFaulty } from "./fault-kit.ts";
import { type MonitorParameters, withDurations } from "./short-windows.ts";

beforeAll(packedProject);

const SOAK_MILLIS = 360_000;
const IDLE_MILLIS = 720_000;
const IDLE_COMPRESSION = 12;

// Other programs on the machine cause them, too: a loaded machine is slow, also for an idle application.
const OF_MACHINE = ["event-loop", "process"]
  .flatMap((area) => (CATALOGUE.get(area) ?? []).map(({ name }) => alertName(name)))
  .concat("MachineMemoryLow", "GarbageCollectionBusy", "GarbageCollectionPauses")
  .concat("DiskFull", "CollectionSlow", "RuleFailing");

describe.concurrent("no alert without a fault:", { timeout: 1_800_000 }, () => {
  test("nothing fires while an application works as usual", async () => {
    const running = await startFaulty({
      faults: { steadyLoad: {} },
      // In the long form, the detectors see 200 values after their warm-up.
      options: { collectionInterval: 5, anomalies: true, live: { resolution: 1 } },
      // With no wait at all, the first collection alone would look like a consumer that is stuck.
      parameters: compressed(10),
    });
    await sleep(SOAK_MILLIS);
    expect(firedIn(running).filter((name) => !OF_MACHINE.includes(name))).toEqual([]);
    // The load went on all the time.
    expect(running.stderr).toBe("");
    await killed(running);
  });

  test("nothing is even pending in an idle application with and without readers", async () => {
    const history = { path: join(newFolder("history"), "history.db") };
    const everything = { readers: [{ type: "prometheus" as const, port: await freePort() }], history };
    const options = { alerts: { interval: 15, monitors: true } };
    const applications = await Promise.all(
      [everything, {}].map((more) =>
        startFaulty({
          program: "idle.js",
          options: { ...options, ...more },
          parameters: compressed(IDLE_COMPRESSION),
        }),
      ),
    );
    await sleep(IDLE_MILLIS);
    for (const { stdout } of applications) {
      const seen = [...stdout.matchAll(/^(\w+) is (?:pending|firing): .*$/gm)];
      const unexpected = seen.filter(([, name = ""]) => !OF_MACHINE.includes(name));
      expect(unexpected.map(([line]) => line)).toEqual([]);
    }
  });
});

/** Parameters of all monitors: durations are a part of their defaults. */
function compressed(factor: number): MonitorParameters {
  const monitors = withDurations(({ defaultValue }) => (durationMillis(defaultValue) ?? 0) / 1_000 / factor);
  // Bytes of an hour.
  const heapLeak = { ...monitors["heapLeak"], growth: 32 * 2 ** 20 * factor };
  return { ...monitors, heapLeak };
}
