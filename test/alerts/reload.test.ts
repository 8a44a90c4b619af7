// Reloads of the running alerts, with a folder of their state.
import { expect, onTestFinished, test } from "vitest";
import { Alerts } from "../../src/alerts/alerts.ts";
import { ALERTS } from "../../src/alerts/options.ts";
import { Events } from "../../src/events/events.ts";
import { MemorySeries } from "../../src/testing/rule-tests/memory-series.ts";
import { newFolder } from "../kit/new-folder.ts";

test.each([true, false])(
  "series that rules recorded stay through a reload (with a folder: %s)",
  async (hasFolder) => {
    const rules = { name: "g", rules: [{ record: "a:b", expr: "vector(1)" }] };
    const settings = ALERTS.settings({ rules: [rules], monitors: false, interval: 0.05 });
    const alerts = Alerts.of({
      settings,
      directory: hasFolder ? newFolder("alerts") : undefined,
      labels: {},
      url: () => undefined,
    });
    const { close } = alerts.begin({
      source: new MemorySeries([]),
      events: new Events(),
      meter: undefined,
      isShared: () => false,
    });
    onTestFinished(close);
    const first = async (): Promise<number | undefined> => {
      const matchers = [{ label: "__name__", operator: "=", value: "a:b" }] as const;
      for await (const { times } of alerts.source?.select({ matchers, from: 0, to: Date.now() }) ?? [])
        return times[0];
      return undefined;
    };
    await expect.poll(first).toBeDefined();
    const begun = await first();
    await alerts.reconfigure(settings);
    await expect.poll(first).toBeDefined();
    expect(await first()).toBe(begun);
  },
);
