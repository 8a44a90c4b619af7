// The whole page by the keyboard alone, in Chromium.
import type { Page } from "playwright-core";
import { expect, test } from "vitest";
import { BUSY, busyApplication } from "../kit/busy-application.ts";
import { servedPage } from "../kit/served-page.ts";
import { openPage, show, useChromium } from "./browser.ts";

useChromium();

const ALERT = { alert: "Always", expr: "vector(1)", labels: { severity: "warning" } };

/** Parts that Tab has reached, one after the other. */
interface Walk {
  readonly reached: readonly string[];
  /** Parts that can be used by a pointer and were not reached. */
  readonly missed: readonly string[];
  /** Reached parts that are not seen, or whose outline is missing or cut off. */
  readonly unseen: readonly string[];
}

test("each view is reached and used by the keyboard alone; the focus is seen, and neither lost nor trapped", async () => {
  const { telemetry, url } = await servedPage({
    ...BUSY,
    alerts: { interval: 0.2, monitors: false, rules: [{ name: "g", rules: [ALERT] }] },
    anomalies: true,
  });
  busyApplication(telemetry);
  const { page, problems } = await openPage(url);
  await page.locator('[data-table="commands-names"]').waitFor();
  for (const [key, heading] of [
    ["a", "Alerts"],
    ["e", "Events"],
    ["i", "Instruments"],
    ["x", "Explore"],
    ["p", "Processes"],
    ["k", "Workers and pools"],
    ["o", "Overview"],
  ] as const) {
    // Keys within a field are its own.
    await page.keyboard.press("Escape");
    // The second one counts for a moment only.
    await Promise.all([page.keyboard.press("g"), page.keyboard.press(key)]);
    await page.getByRole("heading", { level: 1, name: heading }).waitFor({ state: "attached" });
    await walked(page, heading);
  }
  for (const area of ["HTTP", "Node.js", "Health"]) {
    await focused(page.getByRole("navigation").getByRole("link", { name: area, exact: true }));
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { level: 1, name: area }).waitFor();
    await page.locator(".plot[data-drawn]").first().waitFor();
    await walked(page, area);
  }
  expect(problems).toEqual([]);
});

test("what the keyboard opens has the focus, Escape closes it, and the focus goes back", async () => {
  const { telemetry, url } = await servedPage({
    ...BUSY,
    readers: [{ type: "prometheus", port: 0, bearerToken: "a-token-of-at-least-32-characters-0" }],
    alerts: { interval: 0.2, monitors: false, rules: [{ name: "g", rules: [ALERT] }] },
  });
  busyApplication(telemetry);
  const { page, problems } = await openPage(telemetry.pageUrl ?? url);
  await focused(page.locator('[data-table="commands-names"]').getByRole("link").first());
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "convert" }).waitFor();
  await expect.poll(() => focusedName(page)).toBe("MAIN content");
  // The values at the cursor of a chart.
  await focused(page.locator(".plot[data-drawn]").first());
  await page.keyboard.press("ArrowLeft");
  await page.locator(".tooltip").waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".tooltip").waitFor({ state: "detached" });
  // Its figures as a table, and the explorer.
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Shift+Tab");
  await page.keyboard.press("Space");
  await page.locator(".chart table").waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { level: 1, name: "Explore" }).waitFor();
  await page.locator(".beside .plot[data-drawn]").waitFor();
  await focused(page.locator("textarea"));
  await page.keyboard.press("Control+a");
  await page.keyboard.type("command_dur");
  await page.locator(".completions li").first().waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".completions li").first().waitFor({ state: "hidden" });
  expect(await focusedName(page)).toContain("TEXTAREA");
  // A form within the page.
  await show(page, "#/alerts");
  await focused(page.getByRole("button", { name: /^Silence Always/ }));
  await page.keyboard.press("Enter");
  await expect.poll(() => focusedName(page)).toBe("INPUT comment");
  await page.keyboard.press("Escape");
  await page.locator("form.silence").waitFor({ state: "detached" });
  await expect.poll(() => focusedName(page)).toContain("LI");
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  expect(await focusedName(page)).toContain("LI");
  // The list of pages of a telephone.
  await page.setViewportSize({ width: 390, height: 844 });
  await focused(page.getByRole("button", { name: "Menu" }));
  await page.keyboard.press("Enter");
  await page.getByRole("link", { name: "Instruments", exact: true }).waitFor();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Escape");
  await page.getByRole("link", { name: "Instruments", exact: true }).waitFor({ state: "hidden" });
  expect(await focusedName(page)).toContain("BUTTON");
  expect(problems).toEqual([]);
});

const MAX_PARTS = 1_000;

async function focused(part: ReturnType<Page["locator"]>): Promise<void> {
  await part.waitFor();
  await part.focus();
}

// Element and name, or id, of what has the focus.
async function focusedName(page: Page): Promise<string> {
  return await page.evaluate<string>(
    "`${document.activeElement.tagName} ${document.activeElement.name || document.activeElement.id}`",
  );
}

// A part that appears behind the focus, as new data arrive, is reached by the next walk.
async function walked(page: Page, view: string): Promise<void> {
  let walk = await walkThrough(page);
  for (let again = 0; again < 2 && walk.missed.length + walk.unseen.length > 0; again++)
    walk = await walkThrough(page);
  expect.soft(walk.reached.length, view).toBeGreaterThan(15);
  expect.soft(walk.missed, view).toEqual([]);
  expect.soft(walk.unseen, view).toEqual([]);
}

async function walkThrough(page: Page): Promise<Walk> {
  await page.locator("[aria-busy]").waitFor({ state: "detached" });
  await page.evaluate(BEGIN);
  // It ends at a part that was reached before.
  for (let i = 0; i < MAX_PARTS; i++) {
    await page.keyboard.press("Tab");
    if (i % 10 === 0 && (await page.evaluate<boolean>("walk.hasEnded"))) break;
  }
  return await page.evaluate<Walk>("walk.result()");
}

// A program of the browser. An outline must be within all parts that cut what is outside them.
const BEGIN = `globalThis.walk = (() => {
  const seen = new Set();
  const unseen = [];
  const isShown = (part) => part.checkVisibility({ checkVisibilityCSS: true }) && part.getClientRects().length > 0;
  const USABLE = "a[href], button:not([disabled]), input, select, textarea, summary, [tabindex='0']";
  const nameOf = (part) => part.outerHTML.replace(/>.*/s, ">") + part.textContent.slice(0, 40);
  const parts = [...document.querySelectorAll(USABLE)].filter(isShown);
  const isCut = (part) => {
    const style = getComputedStyle(part);
    if (style.outlineStyle === "none" || parseFloat(style.outlineWidth) < 1) return true;
    const around = parseFloat(style.outlineOffset) + parseFloat(style.outlineWidth) - 1;
    const { left, top, right, bottom } = part.getBoundingClientRect();
    for (let outer = part.parentElement; outer !== null; outer = outer.parentElement) {
      if (getComputedStyle(outer).overflow === "visible") continue;
      const box = outer.getBoundingClientRect();
      // A part that is larger than what it scrolls in is seen in part.
      const isWide = right - left > box.width - 8, isHigh = bottom - top > box.height - 8;
      if (!isWide && (left - around < box.left - 0.5 || right + around > box.right + 0.5)) return true;
      if (!isHigh && (top - around < box.top - 0.5 || bottom + around > box.bottom + 0.5)) return true;
    }
    return false;
  };
  const walk = {
    parts,
    hasEnded: false,
    result() {
      document.removeEventListener("focusin", onFocus);
      const missed = parts.filter((part) => !seen.has(part) && part.isConnected && isShown(part));
      return { reached: [...seen].map(nameOf), missed: missed.map(nameOf), unseen };
    },
  };
  const onFocus = ({ target }) => {
    if (seen.has(target)) walk.hasEnded = true;
    seen.add(target);
    if (target.id !== "content" && (!isShown(target) || isCut(target))) unseen.push(nameOf(target));
  };
  document.addEventListener("focusin", onFocus);
  document.activeElement.blur();
  return walk;
})(); undefined`;
