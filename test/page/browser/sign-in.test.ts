// Sessions of browsers.
import { expect, test } from "vitest";
import { servedPage } from "../kit/served-page.ts";
import { openPage, show, useChromium } from "./browser.ts";

useChromium();

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
