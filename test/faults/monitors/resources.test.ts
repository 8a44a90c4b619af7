// Real faults of memory, files, disks and error budgets: each fires, names its cause, and resolves.
import { beforeAll, describe, test } from "vitest";
import { CATALOGUE } from "../../../src/alerts/monitors/monitor-groups.ts";
import { expectFault, expectFires, expectResolves, startFaulty } from "../../alerts/monitors/fault-kit.ts";
import { fastClock, ownDisk, shareOfDescriptors } from "../../alerts/monitors/surroundings.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { packedProject } from "../../kit/packed-project.ts";

beforeAll(packedProject);

const MIB = 2 ** 20;

// Each is in a process of its own.
describe.concurrent("real faults fire, name their cause, and resolve:", () => {
  test("leaks of memory and of files, and collections of garbage again and again", () =>
    expectFault(
      {
        faults: { heapLeak: {}, bufferLeak: {}, collections: {}, openFiles: {} },
        nodeArgs: ["--expose-gc"],
        parameters: {
          heapLeak: { window: "5s" },
          externalMemoryGrowing: { window: "5s", growth: 8 * MIB },
          garbageCollectionBusy: { threshold: 0.1 },
          fileDescriptorsLow: { threshold: shareOfDescriptors(150) },
        },
      },
      [
        { name: "HeapLeak", cause: "an hour" },
        { name: "ExternalMemoryGrowing", cause: "Buffers hold" },
        { name: "GarbageCollectionBusy", cause: "of the time are spent" },
        { name: "FileDescriptorsLow", cause: "file descriptors" },
      ],
    ));

  test("a disk that fills up until nothing can be written", async (context) => {
    const folder = newFolder("disk");
    const wrapper = ownDisk(context, folder, 64 * MIB);
    const expected = ["DiskFilling", "DiskFillingFast", "DiskFull"].map((name) => ({ name, cause: folder }));
    await expectFault({ faults: { disk: { folder, pieceBytes: MIB } }, wrapper }, expected);
  });

  // With the default parameters: the clock of the process runs 60 times as fast.
  test("HTTP responses that use up the error budget", async (context) => {
    const others = [...CATALOGUE.values()].flat().filter(({ name }) => name !== "httpErrorBudget");
    const total = "http_server_request_duration_seconds_count";
    const good = `${total}{http_response_status_code="200"}`;
    const running = await startFaulty({
      faults: { failingServer: {} },
      env: fastClock(context, 60),
      options: {
        live: { resolution: 15 },
        alerts: {
          interval: 15,
          slo: [{ name: "shop", objective: 0.999, good, total }],
          monitors: Object.fromEntries(others.map(({ name }) => [name, false])),
        },
      },
    });
    // The slower alerts resolve after half an hour: half a minute.
    const burning = ["1h", "6h"].flatMap((long) => [
      { name: "HttpErrorBudget", labels: { long }, cause: "Objective http allows 0.1 % errors" },
      { name: "ErrorBudgetBurning", labels: { long }, cause: "Objective shop allows 0.1 % errors" },
    ]);
    await expectFires(running, burning);
    await expectResolves(running, burning);
  });
});
