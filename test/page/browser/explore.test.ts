// Explore in Chromium: completion, errors, several expressions.
import { expect, test, vi } from "vitest";
import { servedPage } from "../kit/served-page.ts";
import { openPage, useChromium } from "./browser.ts";

useChromium();

test("expressions are completed, run, and their errors have a position", async () => {
  const { telemetry, url } = await servedPage();
  telemetry.messaging.sent("orders");
  await vi.waitFor(async () =>
    expect(await telemetry.query("messages_sent_total")).toHaveProperty("series.length", 1),
  );
  const { page } = await openPage(`${url}/#/explore`);
  const field = page.getByRole("combobox", { name: "PromQL expression" });
  await field.pressSequentially("messages_se");
  await page.getByRole("option", { name: /^messages_sent_total/ }).waitFor();
  await page.keyboard.press("Tab");
  await field.pressSequentially("{messaging_dest");
  await page.getByRole("option", { name: /^messaging_destination_name/ }).waitFor();
  await page.keyboard.press("Tab");
  await page.getByRole("option", { name: "orders" }).waitFor();
  await page.keyboard.press("Tab");
  await field.pressSequentially("}");
  expect(await field.inputValue()).toBe('messages_sent_total{messaging_destination_name="orders"}');
  await page.keyboard.press("Enter");
  await page.locator('[data-chart="explore"]').waitFor();
  expect(decodeURIComponent(page.url())).toContain("q=messages_sent_total");
  await field.fill("sum(messages_sent_total");
  await page.getByRole("button", { name: "Run" }).click();
  const problem = page.getByRole("alert");
  await problem.waitFor();
  expect(await problem.textContent()).toMatch(/sum\(messages_sent_total\n +\^parse error at column 24/);
});

test("an address has several expressions, each with its words, its chart and its table", async () => {
  const { telemetry, url } = await servedPage();
  telemetry.messaging.queueSize("orders", () => 5);
  const q2 = encodeURIComponent("max by (messaging_destination_name) (message_queue_size)");
  const { page, problems } = await openPage(`${url}/#/explore?q=message_queue_size&q2=${q2}`);
  for (const id of ["explore", "explore-2"])
    await page.locator(`[data-chart="${id}"] .plot[data-drawn]`).waitFor();
  const second = page.getByRole("region", { name: "Expression 2" });
  await second.getByText("The highest of message_queue_size, for each messaging_destination_name.").waitFor();
  await second.getByRole("region", { name: "Last values" }).getByText("orders").waitFor();
  await page.getByRole("button", { name: "Add an expression" }).click();
  await page.getByRole("region", { name: "Expression 3" }).waitFor();
  await page.getByRole("button", { name: "Remove expression 1" }).click();
  await expect
    .poll(() => new URL(page.url()).hash)
    .toBe(`#/explore?${new URLSearchParams({ q: decodeURIComponent(q2) }).toString()}`);
  expect(problems).toEqual([]);
});

test("an expression that takes longer than a refresh is shown", async () => {
  const { telemetry, url } = await servedPage();
  telemetry.messaging.queueSize("orders", () => 5);
  const { page } = await openPage("about:blank");
  await page.clock.install();
  let release = (): void => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/api/v1/query_range?*", async (route) => {
    await released;
    await route.continue();
  });
  const failed: string[] = [];
  page.on("requestfailed", (request) => failed.push(request.url()));
  const asked = page.waitForRequest("**/api/v1/query_range?*");
  await page.goto(`${url}/#/explore?q=message_queue_size`);
  await asked;
  await page.clock.fastForward(20_000);
  // Some collections later.
  await page.waitForTimeout(2_500);
  expect(failed).toEqual([]);
  release();
  await page.locator('[data-chart="explore"] .plot[data-drawn]').waitFor();
});

test("an expression with an error is asked again at a click and with Enter", async () => {
  const { telemetry, url } = await servedPage();
  telemetry.messaging.queueSize("orders", () => 5);
  const { page } = await openPage("about:blank");
  let asked = 0;
  await page.route("**/api/v1/query_range?*", async (route) => {
    if (++asked > 2) await route.continue();
    else await route.fulfill({ status: 503, json: { status: "error", error: `failure ${asked}` } });
  });
  const to = Math.ceil(Date.now() / 1_000) + 60;
  await page.goto(`${url}/#/explore?q=message_queue_size&from=${to - 300}&to=${to}`);
  await page.getByText("failure 1").waitFor();
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByText("failure 2").waitFor();
  await page.getByRole("combobox", { name: "PromQL expression" }).press("Enter");
  await page.locator('[data-chart="explore"] .plot[data-drawn]').waitFor();
  expect(asked).toBe(3);
});
