// Real faults that need no more than one process, with windows of seconds: each fires, names its cause, and resolves.
// `npm run test:faults` has those of the other monitors, in `test/faults/monitors`.
import { beforeAll, describe, test } from "vitest";
import { packedProject } from "../../kit/packed-project.ts";
import { freePort } from "../../kit/process.ts";
import { expectFault, expectFiring, expectResolves, startFaulty } from "./fault-kit.ts";

beforeAll(packedProject);

// Each is in a process of its own.
describe.concurrent("real faults fire, name their cause, and resolve:", () => {
  test("all that an application reports by the facades, and a rule that fails", async () => {
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
      // A rule whose series are no longer unique.
      brokenRule: {},
    };
    const rules = [{ alert: "FewOrders", expr: "shop_orders / on (shop) shop_customers < 1" }];
    const options = { alerts: { rules: [{ name: "shop", rules }] } };
    const parameters = {
      queueGrowing: { window: "5s" },
      noActiveNodes: { window: "1m" },
      healthFlapping: { threshold: 3 },
      connectionPoolWaiting: { window: "3s" },
    };
    await expectFault({ faults, parameters, options }, [
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
      { name: "RuleFailing", labels: { alert_rule_group: "shop" }, cause: "shop" },
    ]);
  });

  test("an event loop of synchronous calls without a pause", async () => {
    const running = await startFaulty({
      faults: { blockedLoop: {} },
      parameters: {
        // Less than in other tests, since the loop is busy until then.
        eventLoopSlow: { threshold: 1, window: "6s" },
        eventLoopSaturated: { window: "6s" },
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
});
