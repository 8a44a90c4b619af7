// Every figure of the pages equals the result of a query of the same moment.
import type { Page } from "playwright-core";
import { expect, test, vi } from "vitest";
import { BUSY, busyApplication } from "../kit/busy-application.ts";
import { servedPage } from "../kit/served-page.ts";
import { openPage, show, useChromium } from "./browser.ts";
import { figuresOf } from "./figures.ts";

useChromium();

// A legend has at most 12 names.
const MAX_NAMES = 12;

// The pages, their views, and the least number of panels that have figures.
const PLACES: readonly (readonly [hash: string, view: string, panels: number])[] = [
  ["#/overview", "overview", 13],
  ["#/area/http", "area/http", 3],
  ["#/area/messages", "area/messages", 4],
  ["#/area/commands", "area/commands", 3],
  ["#/area/runtime", "area/runtime", 3],
  ["#/area/process", "area/process", 3],
  ["#/instrument/messages_sent_total", "instrument/messages_sent_total", 1],
  [
    "#/instrument/messages_sent_total?by=messaging_destination_name",
    "instrument/messages_sent_total?by=messaging_destination_name",
    1,
  ],
  ["#/instrument/command_duration_seconds", "instrument/command_duration_seconds", 3],
  ["#/instrument/kernel_queue_size", "instrument/kernel_queue_size", 1],
  ["#/kernel/kernel-1", "kernel/kernel-1", 2],
];

test("each figure of each page equals the result of a query of the same moment", async () => {
  const { telemetry, url, past, stream } = await servedPage(BUSY);
  busyApplication(telemetry);
  const status = await (await stream("overview")).next("status");
  const instance = status.members[0]?.instance ?? String(process.pid);
  const { page, problems } = await openPage(url);
  await vi.waitFor(async () => expect((await figuresOf(page, "messages-rate"))[0]?.value).toMatch(/\d/));
  for (const [hash, view, panels] of [
    ...PLACES,
    [`#/process/${instance}`, `process/${instance}`, 4] as const,
  ]) {
    await show(page, hash);
    await page.locator("[data-chart]").first().waitFor();
    const now = Date.now() / 1_000;
    const { charts } = await past(view, now - 900, now);
    let compared = 0;
    for (const { id, expressions } of charts) {
      const figures = await figuresOf(page, id);
      const expected: number[] = [];
      for (const query of expressions) expected.push(...(await valuesAt(url, query, figures[0]?.time ?? 0)));
      const shown = figures.filter(({ value }) => value !== "").map(({ value }) => Number(value));
      expect.soft(sorted(shown), `${hash}: ${id}`).toEqual(sorted(expected).slice(-MAX_NAMES));
      if (shown.length > 0) compared++;
    }
    expect.soft(compared, hash).toBeGreaterThanOrEqual(panels);
    // A chart that has appeared meanwhile is drawn a little later.
    await vi.waitFor(async () => expect([hash, await drawnCharts(page)]).toEqual([hash, charts.length]));
  }
  expect(problems).toEqual([]);
});

async function drawnCharts(page: Page): Promise<number> {
  return await page.locator("[data-chart]").count();
}

async function valuesAt(url: string, query: string, time: number): Promise<readonly number[]> {
  const search = new URLSearchParams({ query, time: String(time), from_zero: "true" });
  const body: { data: { result: { value: [number, string] }[] } } = JSON.parse(
    await (await fetch(`${url}/api/v1/query?${search.toString()}`)).text(),
  );
  return body.data.result.map(({ value: [, text] }) => Number(text)).filter(Number.isFinite);
}

function sorted(values: readonly number[]): number[] {
  return values.toSorted((a, b) => a - b);
}
