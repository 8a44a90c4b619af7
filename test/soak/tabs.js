// Tabs of a real browser with the live page. Its clock is the machine's.
import { chromium } from "playwright-core";

const WAIT_MILLIS = 600_000;

export async function openTabs(url, count) {
  const { LD_PRELOAD: _preload, FAKETIME: _clock, FAKETIME_SHARED: _shared, ...env } = process.env;
  const browser = await chromium.launch({
    executablePath: "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu"],
    env,
    timeout: WAIT_MILLIS,
  });
  const problems = new Set();
  for (let i = 0; i < count; i++) {
    const page = await browser.newPage();
    page.on("pageerror", (error) => problems.add(`tab: ${error.stack ?? error.message}`));
    page.setDefaultTimeout(WAIT_MILLIS);
    await page.goto(i === 0 ? url : `${url}/#/instruments`);
    await page.locator("main h1").waitFor({ state: "attached" });
  }
  return {
    /** Closes the browser. Returns errors of the page's code. */
    async end() {
      await browser.close();
      return [...problems];
    },
  };
}
