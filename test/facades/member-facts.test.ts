// Facts of other members of a group, which may run another version, or be damaged.
import { expect, test } from "vitest";
import fc from "fast-check";
import { factsOn, setFactsOn } from "../../src/recording/shared-state.ts";
import { createTestTelemetry } from "../../src/testing/index.ts";

const KINDS = ["health", "coordination", "kernels", "commands"];

test("invalid facts of another member are left out", async () => {
  await using telemetry = createTestTelemetry();
  const { health, coordination, kernels, commands, meterProvider } = telemetry;
  const component = fc.record(
    { status: fc.anything(), reason: fc.anything(), critical: fc.anything(), checkedAt: fc.anything() },
    { requiredKeys: [] },
  );
  const facts = fc.record({
    health: fc.oneof(fc.anything(), fc.dictionary(fc.string(), component)),
    coordination: fc.oneof(
      fc.anything(),
      fc.record({ nodes: fc.array(fc.tuple(fc.anything(), fc.anything())), leader: fc.anything() }),
    ),
    kernels: fc.oneof(fc.anything(), fc.array(fc.record({ kernelId: fc.string(), errors: fc.anything() }))),
    commands: fc.oneof(fc.anything(), fc.record({ successes: fc.anything(), failures: fc.nat() })),
  });
  fc.assert(
    fc.property(facts, (given) => {
      setFactsOn(meterProvider, "other", [given]);
      for (const { status, critical } of Object.values(health.report().components)) {
        expect(["unknown", "healthy", "degraded", "unhealthy"]).toContain(status);
        expect(critical).toBeTypeOf("boolean");
      }
      expect(coordination.activeNodes).toBeGreaterThanOrEqual(0);
      expect(kernels.getSummary().kernelCount).toBe(0);
    }),
  );
  expect(await commands.getStats()).toMatchObject({ commandsExecuted: 0 });
});

test("facts survive JSON, and the state without facades has none", async () => {
  await using one = createTestTelemetry();
  await using other = createTestTelemetry();
  expect(factsOn(one.meterProvider)).toBeUndefined();
  one.health.set("database", "degraded", "slow");
  one.coordination.join("node");
  one.kernels.launch("kernel");
  one.commands.recordExecution(true, 1);
  const facts: unknown = JSON.parse(JSON.stringify(factsOn(one.meterProvider)));
  expect(Object.keys(Object(facts)).toSorted()).toEqual(KINDS.toSorted());
  setFactsOn(other.meterProvider, "one", [Object(facts)]);
  expect(other.health.report().components).toEqual(one.health.report().components);
  expect(other.coordination.activeNodes).toBe(1);
  expect(other.kernels.getTelemetry("kernel")?.state).toBe("launched");
  expect((await other.commands.getStats()).successRate).toBe("100.0%");
});

test("a leader that is set after the clock was set back is the latest of all, and a change once", async () => {
  await using telemetry = createTestTelemetry();
  const { coordination, meterProvider, value } = telemetry;
  const leader = { name: "a", sinceUnixMillis: Date.now() + 3_600_000 };
  setFactsOn(meterProvider, "other", [{ coordination: { nodes: [], leader } }]);
  expect(coordination.leader).toBe("a");
  for (let i = 0; i < 3; i++) coordination.leaderChanged("b");
  expect(coordination.leader).toBe("b");
  expect(await value("coordination.leader.changes")).toBe(1);
});
