// The connection of a tab to the application in Chromium: one that is dead, one without a session, and times that could
// not be had.
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { addressOf } from "../../kit/address-of.ts";
import { servedPage } from "../kit/served-page.ts";
import { openPage, show, useChromium } from "./browser.ts";
import { figuresOf } from "./figures.ts";

useChromium();

const bearerToken = "a-token-of-at-least-32-characters-0";

test("a connection that passes nothing on is called lost, and the page continues when it does again", async () => {
  const { telemetry, url } = await servedPage();
  telemetry.messaging.sent("orders");
  const network = await networkTo(Number(new URL(url).port));
  const { page } = await openPage("about:blank");
  await page.clock.install();
  await page.goto(`${network.url}/#/area/messages`);
  await page.locator('[data-chart="messages-rate"]').waitFor();
  network.isDead = true;
  // The next tries get no response. A later one would connect before the click if it were soon.
  const isFar = page.getByText(/Next try in [12]\d s/);
  while (!(await isFar.isVisible())) await page.clock.fastForward(100_000);
  await page.getByText("The connection is lost").waitFor();
  network.isDead = false;
  await page.getByRole("button", { name: "Try now" }).click();
  await page.locator(".age.live").waitFor();
  expect(await page.getByText("The connection is lost").count()).toBe(0);
});

test("a session that has ended is asked for by the explorer, which then shows its result", async () => {
  const { telemetry, url } = await servedPage({ readers: [{ type: "prometheus", port: 0, bearerToken }] });
  telemetry.messaging.sent("orders");
  const { page } = await openPage(telemetry.pageUrl ?? url);
  const to = Math.ceil(Date.now() / 1_000) + 60;
  await show(page, `#/explore?from=${to - 300}&to=${to}`);
  await page.locator(".age.past").waitFor();
  await page.context().clearCookies();
  await page.getByRole("combobox", { name: "PromQL expression" }).fill("vector(5)");
  await page.getByRole("button", { name: "Run" }).click();
  await page.getByText("This browser is no longer signed in").waitFor();
  await page.getByLabel("Token or password").fill(bearerToken);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.locator('[data-chart="explore"] .plot[data-drawn]').waitFor();
  expect((await figuresOf(page, "explore"))[0]).toMatchObject({ value: "5" });
});

test("the form to sign in keeps its text and its focus when the tab is shown again", async () => {
  const { telemetry, url } = await servedPage({ readers: [{ type: "prometheus", port: 0, bearerToken }] });
  const { page } = await openPage(telemetry.pageUrl ?? url);
  await page.locator(".age.live").waitFor();
  await page.context().clearCookies();
  const setHidden = (isHidden: boolean): Promise<unknown> =>
    page.evaluate(`
      Object.defineProperty(document, "hidden", { value: ${isHidden}, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    `);
  const refused = async (): Promise<void> => {
    const answers = [/page\/stream/, /page\/view/].map((path) => page.waitForResponse(path));
    await setHidden(true);
    await setHidden(false);
    for (const answer of answers) expect((await answer).status()).toBe(401);
  };
  await refused();
  const field = page.getByLabel("Token or password");
  await field.pressSequentially("a-token-of");
  await refused();
  expect(await field.inputValue()).toBe("a-token-of");
  await page.keyboard.type(bearerToken.slice("a-token-of".length));
  // The browser is signed in, but its stream fails.
  await page.route("**/page/stream?*", (route) => route.fulfill({ status: 503 }));
  await page.keyboard.press("Enter");
  await page.getByText("The connection is lost").waitFor();
  expect(await field.count()).toBe(0);
  await page.unroute("**/page/stream?*");
  await page.locator(".age.live").waitFor();
});

test("times that could not be shown are asked for again at a click, and when the application is back", async () => {
  const { telemetry, url } = await servedPage();
  const { page } = await openPage(url);
  let isBroken = false;
  await page.route(/page\/view\?view=overview/, async (route) => {
    if (isBroken) await route.fulfill({ status: 500, body: "the file is damaged" });
    else await route.continue();
  });
  const to = Math.floor(Date.now() / 1_000);
  const problem = page.getByText("These times cannot be shown.");
  // The stream is open, and stays so: a new one would ask again before the click.
  await Promise.all([
    page.waitForResponse(/page\/stream\?view=explore/),
    page.goto(`${url}/#/overview?from=${to - 60}&to=${to}`),
  ]);
  isBroken = true;
  await page.goto(`${url}/#/overview?from=${to - 120}&to=${to}`);
  await page.getByText("the file is damaged").waitFor();
  isBroken = false;
  await page.getByRole("button", { name: "Try again" }).click();
  await problem.waitFor({ state: "detached" });
  await telemetry.shutdown();
  await page.goto(`${url}/#/overview?from=${to - 180}&to=${to}`);
  await problem.waitFor();
  await servedPage({ readers: [{ type: "prometheus", port: Number(new URL(url).port) }] });
  await problem.waitFor({ state: "detached" });
  expect(await page.locator(".age.past").count()).toBe(1);
});

/** A network between a browser and a port. While it is dead, it takes connections and data, and passes nothing on. */
async function networkTo(port: number): Promise<{ readonly url: string; isDead: boolean }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const target = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [socket, target],
      [target, socket],
    ] as const) {
      sockets.add(from);
      from.on("data", (data) => {
        if (!network.isDead) to.write(data);
      });
      from.on("error", () => {}).on("close", () => to.destroy());
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const network = { url: `http://127.0.0.1:${addressOf(server).port}`, isDead: false };
  return network;
}
