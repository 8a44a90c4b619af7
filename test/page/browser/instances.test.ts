// Other instances in Chromium: their state, and the choice of one.
import { expect, onTestFinished, test } from "vitest";
import { LocalPages } from "../../../src/page/serving/local-pages.ts";
import { freePort } from "../../kit/process.ts";
import { EMPTY_STATUS, servedPage } from "../kit/served-page.ts";
import { openPage, show, useChromium } from "./browser.ts";

useChromium();

test("an instance is chosen by the list, stays chosen on other pages, and has its expressions on its own page", async () => {
  const [port, closed] = [await freePort(), await freePort()];
  const { telemetry, url } = await servedPage({
    readers: [{ type: "prometheus", port }],
    page: { peers: [`http://127.0.0.1:${port}`, `http://127.0.0.1:${closed}`] },
  });
  telemetry.health.set("database", "degraded", "slow");
  const { page, problems } = await openPage(url);
  const choose = async (name: string): Promise<void> => {
    await page.locator(".instances summary").click();
    await page.locator(".instances").getByRole("link", { name, exact: true }).click();
    expect(await page.locator(".instances ul").isVisible()).toBe(false);
  };
  await choose(`degraded: shop, 127.0.0.1:${port}`);
  await page.getByText("database is degraded").waitFor();
  expect(new URL(page.url()).hash).toBe("#/overview?peer=0");
  await page.getByRole("link", { name: "Processes", exact: true }).first().click();
  await page.getByRole("region", { name: "Other instances" }).getByText("ECONNREFUSED").waitFor();
  expect(new URL(page.url()).hash).toBe("#/processes?peer=0");
  expect(problems).toEqual([]);
  await show(page, "#/explore?q=up&peer=0");
  const link = page.getByRole("link", { name: `Open 127.0.0.1:${port}` });
  expect(await link.getAttribute("href")).toBe(`http://127.0.0.1:${port}/#/explore?q=up`);
  await page.goto(new URL("#/overview?peer=1", url).href);
  await page.getByText("The connection is lost.").waitFor();
  await choose("This instance");
  await page.getByText("database is degraded").waitFor();
});

test("another page of this machine is opened with the present times, by keyboard alone", async () => {
  const other = await servedPage({ serviceName: "billing" });
  const pages = new LocalPages(() => ({ ...EMPTY_STATUS, url: `${other.url}/` }));
  onTestFinished(() => pages.end());
  const { page, problems } = await openPage(other.url);
  const summary = page.locator(".instances summary");
  await summary.waitFor();
  await show(page, "#/alerts?range=3600");
  await summary.focus();
  await page.keyboard.press("Enter");
  const list = page.locator(".instances ul");
  await list.waitFor();
  await page.keyboard.press("Escape");
  expect(await list.isVisible()).toBe(false);
  expect(await page.evaluate("document.activeElement.tagName")).toBe("SUMMARY");
  await page.keyboard.press("Enter");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  const place = `${other.url}/#/overview?range=3600`;
  expect(await page.evaluate("document.activeElement.getAttribute('href')")).toBe(place);
  await page.keyboard.press("Enter");
  await page.waitForURL(place);
  expect(problems).toEqual([]);
});
