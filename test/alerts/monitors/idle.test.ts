// Idle applications: no alert is even pending. Time is compressed: a second is twelve.
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeAll, expect, test } from "vitest";
import { alertName } from "../../../src/alerts/monitors/monitor.ts";
import { durationMillis } from "../../../src/alerts/rules/duration.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { packedProject } from "../../kit/packed-project.ts";
import { freePort } from "../../kit/process.ts";
import { isLong } from "../../kit/test-length.ts";
import { faultyApplication } from "./faulty-application.ts";
import { withDurations } from "./short-windows.ts";

beforeAll(packedProject);

const COMPRESSION = isLong ? 1 : 12;
const RUN_MILLIS = isLong ? 720_000 : 40_000;

// A loaded machine is slow, also for an idle application. In the long form nothing is left out.
const OF_MACHINE = ["eventLoopSlow", "eventLoopBlocked", "eventLoopSaturated", "garbageCollectionBusy"]
  .concat("garbageCollectionPauses", "machineMemoryLow", "cpuThrottled", "cpuStolen", "ruleFailing")
  .concat("diskFull", "collectionSlow")
  .map(alertName);

test(
  "an idle application with and without readers has no pending alert",
  { timeout: 1_000_000 },
  async () => {
    const history = { path: join(newFolder("history"), "history.db") };
    const everything = { readers: [{ type: "prometheus", port: await freePort() }], history };
    const applications = await Promise.all(
      [everything, { readers: [] }].map((options) =>
        faultyApplication({
          program: "idle.mjs",
          options: { ...options, ...(isLong ? { alerts: true } : compressed()) },
        }),
      ),
    );
    await sleep(RUN_MILLIS);
    for (const { process } of applications) {
      const seen = [...process.stdout.matchAll(/^(\w+) is (?:pending|firing): .*$/gm)];
      const unexpected = seen.filter(([, name = ""]) => isLong || !OF_MACHINE.includes(name));
      expect(unexpected.map(([line]) => line)).toEqual([]);
    }
  },
);

function compressed(): object {
  const monitors = withDurations(
    ({ defaultValue }) => (durationMillis(defaultValue) ?? 0) / 1_000 / COMPRESSION,
  );
  // Bytes of an hour.
  const heapLeak = { ...monitors["heapLeak"], growth: 32 * 2 ** 20 * COMPRESSION };
  return {
    collectionInterval: 60 / COMPRESSION,
    alerts: { interval: 1, receivers: [], monitors: { ...monitors, heapLeak, httpErrorBudget: false } },
  };
}
