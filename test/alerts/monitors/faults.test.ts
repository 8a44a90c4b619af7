// A real fault for each area of monitors, with windows of seconds: it fires, names its cause, and resolves.
// `npm run test:faults` has further ones, in `test/faults/monitors`.
import { beforeAll, describe, test } from "vitest";
import { CATALOGUE } from "../../../src/alerts/monitors/monitor-groups.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { packedProject } from "../../kit/packed-project.ts";
import { freePort } from "../../kit/process.ts";
import { isLong } from "../../kit/test-length.ts";
import { expectFault, expectFires, expectFiring, expectResolves, startFaulty } from "./fault-kit.ts";
import { fastClock, ownDisk, shareOfDescriptors } from "./surroundings.ts";

beforeAll(packedProject);

const MIB = 2 ** 20;

// Each is in a process of its own.
describe.concurrent("real faults fire, name their cause, and resolve:", () => {
  test("all that an application reports by the facades", async () => {
    const port = await freePort();
    const faults = {
      queueGrowing: {},
      consumerStuck: {},
      messageErrors: {},
      commandsFailing: {},
      leaderFlapping: {},
      noActiveNodes: {},
      lockWaitLong: {},
      unhealthyComponent: {},
      healthFlapping: {},
      kernelStuck: {},
      kernelErrors: {},
      kernelRestarting: {},
      connectionPoolWaiting: {},
      probeFailing: { port },
      measurementsDropped: {},
      eventsDropped: {},
    };
    const parameters = {
      queueGrowing: { window: "5s" },
      noActiveNodes: { window: "1m" },
      healthFlapping: { threshold: 3 },
      connectionPoolWaiting: { window: "3s" },
    };
    await expectFault({ faults, parameters }, [
      { name: "QueueGrowing", cause: "mail" },
      { name: "ConsumerStuck", cause: "jobs" },
      { name: "MessageErrors", cause: "orders" },
      { name: "CommandsFailing", cause: "git" },
      { name: "LeaderFlapping", cause: "changed" },
      { name: "NoActiveNodes", cause: "No node is active" },
      { name: "LockWaitLong", cause: "stock" },
      { name: "ApplicationUnhealthy", cause: "A critical component fails" },
      { name: "ComponentUnhealthy", cause: "database" },
      { name: "HealthFlapping", cause: "cache" },
      { name: "KernelStuck", cause: "hash" },
      { name: "KernelErrors", cause: "resize" },
      { name: "KernelRestarting", cause: "video" },
      { name: "ConnectionPoolWaiting", cause: "main" },
      { name: "ProbeFailing", cause: `127.0.0.1:${port}` },
      { name: "MeasurementsDropped", cause: "negative" },
      { name: "EventsDropped", cause: "hook_error" },
    ]);
  });

  test("an event loop of synchronous calls without a pause", async () => {
    const running = await startFaulty({
      faults: { blockedLoop: {} },
      parameters: {
        eventLoopSlow: { threshold: 1 },
        eventLoopBlocked: { after: 0, threshold: 1.5 },
      },
    });
    const expected = [
      { name: "EventLoopSlow", cause: "One in a hundred timers is late" },
      { name: "EventLoopBlocked", cause: "Nothing ran for" },
      { name: "EventLoopSaturated", cause: "The event loop is busy" },
    ];
    // They may have fired before: a loaded machine stops processes for a while, too.
    running.write("fault\n");
    await expectFiring(running, expected);
    await expectResolves(running, expected);
  });

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
    const burning = (isLong ? ["1h", "6h"] : ["1h"]).flatMap((long) => [
      { name: "HttpErrorBudget", labels: { long }, cause: "Objective http allows 0.1 % errors" },
      { name: "ErrorBudgetBurning", labels: { long }, cause: "Objective shop allows 0.1 % errors" },
    ]);
    await expectFires(running, burning);
    await expectResolves(running, burning);
  });

  test("a rule whose series are no longer unique", () => {
    const rules = [{ alert: "FewOrders", expr: "shop_orders / on (shop) shop_customers < 1" }];
    return expectFault(
      { faults: { brokenRule: {} }, options: { alerts: { rules: [{ name: "shop", rules }] } } },
      [{ name: "RuleFailing", labels: { alert_rule_group: "shop" }, cause: "shop" }],
    );
  });
});
