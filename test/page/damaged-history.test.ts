// The page of an application whose history is damaged: at its start, or while it runs.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { newFolder } from "../kit/new-folder.ts";
import { damagedHistory } from "./kit/damaged-history.ts";
import { type ServedPage, servedPage } from "./kit/served-page.ts";

async function expectLive(page: ServedPage, warning: RegExp): Promise<void> {
  const stream = await page.stream("overview");
  const { historyWarning } = await stream.next("status", (status) => status.historyWarning !== undefined);
  expect(historyWarning).toMatch(warning);
  await stream.next("points", ({ charts }) =>
    charts.some(({ id, values }) => id === "messages-queues" && values[0] === 5),
  );
}

test("a history that is damaged at the start is reported, and the page is live", async () => {
  const page = await servedPage({ history: { path: await damagedHistory() } });
  page.telemetry.messaging.queueSize("orders", () => 5);
  await expectLive(page, /^history: .*: the file is truncated; renamed to .* and replaced by a new store/);
});

test("a history that is damaged while the page is open is reported, and the page is live", async () => {
  const path = join(newFolder("damaged"), "shop.db");
  const page = await servedPage({ history: { path }, collectionInterval: 1 });
  page.telemetry.messaging.queueSize("orders", () => 5);
  const stream = await page.stream("overview");
  const { historyWarning } = await stream.next("status", ({ time }) => time > 0);
  expect(historyWarning).toBeUndefined();
  const bytes = readFileSync(path);
  bytes.fill(0x55, 100);
  writeFileSync(path, bytes);
  // With its log, SQLite would restore the file.
  for (const name of [`${path}-wal`, `${path}-shm`]) writeFileSync(name, "damaged");
  await expectLive(page, /^history: .*damaged/);
});
