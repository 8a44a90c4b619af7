// Every page in Chromium: light and dark, narrow, usual and very wide; its figures, sessions of browsers, and silences.
import axe from "axe-core";
import type { Page } from "playwright-core";
import { expect, test, vi } from "vitest";
import { BUSY, busyApplication } from "../kit/busy-application.ts";
import { servedPage } from "../kit/served-page.ts";
import { openPage, show, useChromium } from "./browser.ts";
import { figuresOf } from "./figures.ts";

useChromium();

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

test.each(["light", "dark"] as const)(
  "no page has a problem or an inaccessible part in %s colours, nor a horizontal scroll bar in light ones",
  async (colorScheme) => {
    const { telemetry, url } = await servedPage({ ...BUSY, alerts: true, anomalies: true });
    busyApplication(telemetry);
    const { page, problems } = await openPage(url, { colorScheme });
    await page.evaluate(axe.source);
    for (const place of PLACES) {
      await show(page, place);
      // Colours change no widths.
      for (const width of colorScheme === "light" ? WIDTHS : []) {
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

// A legend has at most 12 names.
const MAX_NAMES = 12;

// Pages with figures, their views, and the least number of panels that have figures.
const FIGURES: readonly (readonly [hash: string, view: string, panels: number])[] = [
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
    ...FIGURES,
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
    // Charts that appear meanwhile are drawn a little later.
    await vi.waitFor(async () => {
      const { charts: latest } = await past(view, now - 900);
      expect([hash, await drawnCharts(page)]).toEqual([hash, latest.length]);
    });
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

test("a client without a session sees how to get one, and the link that works once begins it", async () => {
  const { telemetry, url } = await servedPage({
    readers: [{ type: "prometheus", port: 0, bearerToken: "a-token-of-at-least-32-characters-0" }],
  });
  const { page } = await openPage(url);
  await page.getByRole("heading", { name: "This browser is not signed in" }).waitFor();
  await page.goto(telemetry.pageUrl ?? "");
  await page.locator(".age.live").waitFor();
  expect(page.url()).toBe(`${url}/`);
});

test("a browser is signed in by typing the token, stays so over a restart, and keeps its figures without a session", async () => {
  const bearerToken = "a-token-of-at-least-32-characters-0";
  const { telemetry, url } = await servedPage({ readers: [{ type: "prometheus", port: 0, bearerToken }] });
  telemetry.meterProvider.getMeter("shop").createCounter("orders").add(1);
  const { page } = await openPage(url);
  const type = async (token: string): Promise<void> => {
    await page.getByLabel("Token or password").fill(token);
    await page.getByRole("button", { name: "Sign in" }).click();
  };
  await type("wrong");
  await page.getByText("This is not the token or the password of the endpoint").waitFor();
  await type(bearerToken);
  await page.locator(".age.live").waitFor();
  await show(page, "#/instruments");
  await page.getByRole("link", { name: "orders_total" }).waitFor();
  const port = Number(new URL(url).port);
  await telemetry.shutdown();
  await page.getByText("The connection is lost").waitFor();
  const again = await servedPage({ readers: [{ type: "prometheus", port, bearerToken }] });
  await page.locator(".age.live").waitFor();
  await page.context().clearCookies();
  await again.telemetry.shutdown();
  await servedPage({ readers: [{ type: "prometheus", port, bearerToken }] });
  await page.getByText("This browser is no longer signed in").waitFor();
  expect(await page.locator("main h1").textContent()).toMatch(/^Instruments \d/);
  await type("wrong");
  await page.getByText("This is not the token or the password of the endpoint").waitFor();
  await type(bearerToken);
  await page.locator(".age.live").waitFor();
});

test("an alert is silenced by a click, and the silence is ended", async () => {
  const { telemetry, url } = await servedPage({
    readers: [{ type: "prometheus", port: 0, bearerToken: "a-token-of-at-least-32-characters-0" }],
    alerts: {
      interval: 0.2,
      monitors: false,
      rules: [
        { name: "g", rules: [{ alert: "Always", expr: "vector(1)", labels: { severity: "warning" } }] },
      ],
    },
  });
  const { page } = await openPage(telemetry.pageUrl ?? url);
  await show(page, "#/alerts");
  const alert = page.locator(".alert").filter({ hasText: "Always" });
  await alert.getByRole("button", { name: /^Silence Always/ }).click();
  await vi.waitFor(async () => expect(await focusedIn(page)).toBe("INPUT comment"));
  await page.keyboard.type("known");
  await alert.getByRole("button", { name: "Silence", exact: true }).click();
  await page.getByRole("heading", { name: /^Silenced/ }).waitFor();
  await vi.waitFor(async () => expect(await focusedIn(page)).toBe("MAIN content"));
  await vi.waitFor(() => expect(telemetry.alerts?.silences()).toMatchObject([{ comment: "known" }]));
  await alert.getByRole("button", { name: "End the silence of Always" }).click();
  await page.getByRole("heading", { name: /^Firing/ }).waitFor();
  await vi.waitFor(async () => expect(await focusedIn(page)).toBe("MAIN content"));
  await page.evaluate("document.activeElement.blur()");
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await vi.waitFor(async () => expect(await focusedIn(page)).toBe("MAIN content"));
  await show(page, "#/explore?q=vector(1)/0");
  await page.locator("td.number", { hasText: "+Inf" }).waitFor();
});

// Element and name, or id, of what has the focus.
function focusedIn(page: Page): Promise<unknown> {
  return page.evaluate(
    "`${document.activeElement.tagName} ${document.activeElement.name || document.activeElement.id}`",
  );
}
