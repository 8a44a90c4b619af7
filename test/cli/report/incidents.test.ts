import { join } from "node:path";
import { History } from "tachymeter/history";
import { expect, test } from "vitest";
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
