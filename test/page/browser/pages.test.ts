// Every page in Chromium: light and dark, narrow, usual and very wide.
import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { BUSY, busyApplication } from "../kit/busy-application.ts";
import { servedPage } from "../kit/served-page.ts";
import { openPage, show, useChromium } from "./browser.ts";

const PLACES = [
  "#/overview",
  "#/area/messages",
  "#/area/network?range=3600",
  "#/area/databases",
  "#/area/missing",
  "#/instruments",
  "#/instruments?q=no+such+text",
  "#/instrument/messages_sent_total?by=messaging_destination_name",
  "#/instrument/missing_total",
  "#/kernels",
  "#/kernel/kernel-1",
  "#/processes",
  "#/events",
  "#/alerts",
  "#/explore",
  "#/explore?q=messages_sent_total",
  "#/missing",
];
const WIDTHS = [320, 3_840, 1_280];

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly impact: string;
    readonly nodes: readonly { readonly html: string }[];
  }[];
}

useChromium();

test.each(["light", "dark"] as const)(
  "no page has a problem, an inaccessible part or a horizontal scroll bar in %s colours",
  async (colorScheme) => {
    const { telemetry, url } = await servedPage({ ...BUSY, alerts: true, anomalies: true });
    busyApplication(telemetry);
    const { page, problems } = await openPage(url, { colorScheme });
    await page.evaluate(axe.source);
    for (const place of PLACES) {
      await show(page, place);
      for (const width of WIDTHS) {
        await page.setViewportSize({ width, height: 900 });
        expect.soft(await widerParts(page), `${place} at ${width} pixels`).toEqual([]);
      }
      expect.soft(await violations(page), place).toEqual([]);
    }
    expect(problems).toEqual([]);
  },
);

test("titles of charts are whole, and a legend with room for two names has that of the highest line", async () => {
  const { telemetry, url } = await servedPage(BUSY);
  busyApplication(telemetry);
  const { page } = await openPage(`${url}/#/overview`);
  for (const place of ["#/overview", "#/area/http"]) {
    await show(page, place);
    await page.locator('[data-chart="http-duration"] .legend .name').first().waitFor();
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      const at = `${place} at ${width} pixels`;
      expect.soft(await cutTitles(page), at).toEqual([]);
      expect.soft((await shownNames(page, "http-duration")).slice(0, 2), at).toEqual(["p99", "p95"]);
    }
  }
});

/** Titles whose text is not shown as a whole. */
async function cutTitles(page: Page): Promise<readonly string[]> {
  return await page
    .locator(".chart h2")
    .evaluateAll((titles) =>
      titles
        .filter(
          (title) =>
            title.scrollWidth > title.clientWidth ||
            title.scrollHeight > title.clientHeight ||
            [title, ...title.children].some(
              (part) => part.ownerDocument.defaultView?.getComputedStyle(part).textOverflow === "ellipsis",
            ),
        )
        .map(({ textContent }) => textContent),
    );
}

/** The names in the legend of a chart that can be seen. */
async function shownNames(page: Page, chart: string): Promise<readonly string[]> {
  return await page
    .locator(`[data-chart="${chart}"] .legend`)
    .evaluate((legend) =>
      [...legend.querySelectorAll(".name")]
        .filter((name) => name.getBoundingClientRect().bottom <= legend.getBoundingClientRect().bottom + 1)
        .map(({ textContent }) => textContent),
    );
}

/** Parts that are wider than the window, or than the content beside the list of pages. */
async function widerParts(page: Page): Promise<readonly string[]> {
  return await page
    .locator("html, body, main")
    .evaluateAll((parts) =>
      parts.filter((part) => part.scrollWidth > part.clientWidth).map(({ tagName }) => tagName),
    );
}

/** Serious and critical violations of accessibility rules. */
async function violations(page: Page): Promise<readonly string[]> {
  const run = "axe.run(document, { resultTypes: ['violations'] })";
  const result = await page.evaluate<AxeResult>(run);
  return result.violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
