// Silences of alerts, with the mouse and the keyboard.
import type { Page } from "playwright-core";
import { expect, test, vi } from "vitest";
import { servedPage } from "../kit/served-page.ts";
import { openPage, show, useChromium } from "./browser.ts";

useChromium();

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
