import { queryObjects } from "node:v8";
import { expect, test, vi } from "vitest";
import { Alerts } from "../../src/alerts/alerts.ts";
import { AlertsRun } from "../../src/alerts/alerts-run.ts";
import { RuleEngine } from "../../src/alerts/evaluation/rule-engine.ts";
import { ALERTS } from "../../src/alerts/options.ts";
import { Events } from "../../src/events/events.ts";
import { MemorySeries } from "../../src/testing/rule-tests/memory-series.ts";

// Each run kept the one before, by its parts.
test("reloads of the alerts do not keep previous runs in memory", async () => {
  const settings = ALERTS.settings({ monitors: false });
  const alerts = Alerts.of({ settings, directory: undefined, labels: {}, url: () => undefined });
  const { close } = alerts.begin({
    source: new MemorySeries([]),
    events: new Events(),
    meter: undefined,
    isShared: () => false,
  });
  for (let i = 0; i < 8; i++) await alerts.reconfigure(settings);
  // The last ones may still be on the stack, or end in a later turn.
  await vi.waitFor(() => {
    expect(queryObjects(AlertsRun)).toBeLessThanOrEqual(2);
    expect(queryObjects(RuleEngine)).toBeLessThanOrEqual(2);
  });
  await close();
});
