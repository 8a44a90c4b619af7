// The overview in Chromium: what is unusual, tables and their rows, earlier lines, and no shift of its layout.
import { metrics } from "@opentelemetry/api";
import type { Page } from "playwright-core";
import { expect, onTestFinished, test, vi } from "vitest";
import { waitMillis } from "../../kit/test-length.ts";
import { BUSY, busyApplication } from "../kit/busy-application.ts";
import { servedPage } from "../kit/served-page.ts";
import { openPage, show, useChromium } from "./browser.ts";

useChromium();

function recordRoutes(): void {
  const duration = metrics.getMeter("app").createHistogram("http.server.request.duration", { unit: "s" });
  const record = (): void => {
    for (const [route, seconds] of [
      ["/slow", 0.9],
      ["/fast", 0.01],
    ] as const)
      for (let i = 0; i < (route === "/fast" ? 5 : 1); i++)
        duration.record(seconds, {
          "http.request.method": "GET",
          "http.route": route,
          "http.response.status_code": 200,
        });
  };
  record();
  const timer = setInterval(record, 100);
  onTestFinished(() => clearInterval(timer));
}

test("the first lines name what is ill, and a row of a table opens its own series by keyboard alone", async () => {
  const { telemetry, url } = await servedPage();
  recordRoutes();
  telemetry.health.set("cache", "unhealthy", "no answer");
  const { page, problems } = await openPage(url);
  const now = page.getByRole("list", { name: "Unusual now" });
  await now.getByText("cache is unhealthy", { exact: true }).waitFor();
  expect(await now.getByRole("listitem").first().textContent()).toContain("no answer");
  await page.getByRole("list", { name: "Newest events" }).getByText("health.status").first().waitFor();
  const table = page.locator('[data-table="http-routes"]');
  const firstRow = (): Promise<string | null> => table.locator("tbody tr").first().textContent();
  await table.getByRole("link", { name: "GET /fast" }).waitFor();
  expect(await firstRow()).toMatch(/^GET \/slow/);
  await table.getByRole("button", { name: "Rate" }).focus();
  await page.keyboard.press("Enter");
  await expect.poll(firstRow).toMatch(/^GET \/fast/);
  await page.getByRole("heading", { name: "Requests", exact: true }).waitFor();
  await table.getByRole("link", { name: "GET /fast" }).focus();
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "GET /fast" }).waitFor();
  await page.locator('[data-chart="http-duration"] .plot[data-drawn]').waitFor();
  expect(problems).toEqual([]);
});

test("charts have the line of an earlier time, and links keep the comparison", async () => {
  const { telemetry, url } = await servedPage();
  telemetry.messaging.queueSize("orders", () => 5);
  const { page, problems } = await openPage(`${url}/#/area/messages`);
  await page.locator('[data-chart="messages-queues"] .plot[data-drawn]').waitFor();
  const [response] = await Promise.all([
    page.waitForResponse(/page\/view\?view=area%2Fmessages/),
    page.getByRole("combobox", { name: "Compare" }).selectOption("3600"),
  ]);
  const asked = new URL(response.url()).searchParams;
  expect(Date.now() / 1_000 - Number(asked.get("to"))).toBeGreaterThan(3_590);
  expect(page.url()).toContain("compare=3600");
  await page.getByText("There is no line of 1 h ago. There are no values of that time.").waitFor();
  await page.getByRole("link", { name: "Events", exact: true }).click();
  await page.getByRole("heading", { name: "Events" }).waitFor();
  expect(page.url()).toContain("compare=3600");
  expect(problems).toEqual([]);
});

test("nothing moves while the overview of a running application is shown and follows the present", async () => {
  const { telemetry, url, past } = await servedPage(BUSY);
  busyApplication(telemetry);
  // Until all of its metrics have series: a chart that appears has its place between others.
  let count = 0;
  await vi.waitFor(
    async () => {
      const before = count;
      count = (await past("overview", Date.now() / 1_000 - 60)).charts.length;
      expect(count).toBeGreaterThan(12);
      expect(count).toBe(before);
    },
    { interval: 3_000, timeout: waitMillis },
  );
  const { page } = await openPage(`${url}/#/events`);
  await page.evaluate(WATCH_SHIFTS);
  await show(page, "#/overview");
  await page.locator(".plot[data-drawn]").nth(6).waitFor();
  await page.waitForTimeout(2_500);
  // The name of the service moves its age.
  expect(await shift(page)).toBeLessThan(0.01);
});

const WATCH_SHIFTS = `window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });`;

async function shift(page: Page): Promise<number> {
  return await page.evaluate<number>("window.shift");
}
