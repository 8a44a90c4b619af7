import { join } from "node:path";
import { History } from "tachymeter/history";
import { expect, test } from "vitest";
import { engineOver } from "../../alerts/evaluation/engine-over.ts";
import { fillHistory } from "../../history/filled-history.ts";
import { newFolder } from "../../kit/new-folder.ts";
import { reportOf } from "./report-of.ts";

test("the report of a store with events alone has the alerts", async () => {
  const path = join(newFolder("incidents"), "shop.db");
  const history = await History.open({ path });
  const now = Date.now();
  const event = { source: "alerts", labels: "{}", metadata: "{}", data: '{"name":"Down"}' };
  await history.appendEvents([
    { ...event, id: "1", timeUnixMillis: now - 120_000, type: "alert.firing" },
    { ...event, id: "2", timeUnixMillis: now - 60_000, type: "alert.resolved" },
  ]);
  await history.close();
  const { incidents, summary } = await reportOf(path, now / 1_000 - 3_600, now / 1_000);
  expect(incidents).toMatchObject([{ kind: "alert", name: "Down" }]);
  expect(summary.map(({ text }) => text)).toEqual([expect.stringMatching(/^Alert Down fired at .*, for /)]);
});

test("alerts that began before the range are listed, beside those of ALERTS", async () => {
  const path = join(newFolder("incidents"), "shop.db");
  const now = Math.floor(Date.now() / 1_000);
  const from = now - 3_600;
  await fillHistory({
    path,
    from: from - 600,
    to: now,
    interval: 60,
    record(provider) {
      const alerts = provider.getMeter("shop").createObservableGauge("ALERTS");
      alerts.addCallback((result) => result.observe(1, { alertname: "Always", alertstate: "firing" }));
      return () => {};
    },
  });
  const history = await History.open({ path });
  const event = (name: string, type: string, time: number) => ({
    id: `${name} ${type}`,
    type: `alert.${type}`,
    source: "tachymeter.alerts",
    timeUnixMillis: time * 1_000,
    data: JSON.stringify({ name }),
    labels: JSON.stringify({ alertname: name }),
    metadata: "{}",
  });
  await history.appendEvents([
    event("Always", "firing", from - 300),
    event("Throughout", "firing", from - 7_200),
    event("Until", "firing", from - 7_000),
    event("Until", "resolved", from + 600),
    event("Past", "firing", from - 7_000),
    event("Past", "resolved", from - 6_000),
  ]);
  await history.close();
  // Its events are no longer in the store.
  const rules = [{ name: "g", rules: [{ alert: "Saved", expr: "x > 0" }] }];
  await engineOver(rules, { x: "1x9" }, { directory: `${path}.alerts` }).run(0, 9);
  const { incidents, summary } = await reportOf(path, from, now);
  expect(incidents.map(({ name, to }) => `${name} ${to === null ? "fires" : "ended"}`).toSorted()).toEqual([
    "Always fires",
    "Saved fires",
    "Throughout fires",
    "Until ended",
  ]);
  const texts = summary.map(({ text }) => text);
  expect(texts).toContain("Alert Throughout fired throughout the range.");
  expect(texts.join("\n")).toMatch(/Alert Until was firing at the start of the range, until /);
  expect(texts.join("\n")).toMatch(/Further alerts from .* on: 1\./);
});
