// Other instances in Chromium: their state, and the choice of one.
import { expect, test } from "vitest";
import { freePort } from "../../kit/process.ts";
import { servedPage } from "../kit/served-page.ts";
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
  const instances = page.getByLabel("Instance", { exact: true });
  await instances.selectOption({ label: `degraded: shop, 127.0.0.1:${port}` });
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
  await instances.selectOption("");
  await page.getByText("database is degraded").waitFor();
});
