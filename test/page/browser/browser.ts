// A real Chromium, and pages in it that collect every problem.
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { beforeAll, beforeEach, onTestFinished } from "vitest";
import { waitMillis } from "../../kit/test-length.ts";
import { needs, programPath } from "../../servers/needs.ts";

/** A page, and the problems so far: errors of the console, exceptions, violations of the content security policy. */
export interface WatchedPage {
  readonly page: Page;
  readonly problems: readonly string[];
}

let browser: Browser | undefined;

/** Starts Chromium for a test file. Its tests are skipped if Chromium is not installed. */
export function useChromium(): void {
  beforeEach((context) => needs(context, "chromium"));
  beforeAll(async () => {
    const executablePath = programPath("chromium");
    if (executablePath === undefined) return undefined;
    browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"],
    });
    return () => browser?.close();
  });
}

/** Opens an address. The page is closed with the test. */
export async function openPage(url: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  if (browser === undefined) throw new Error("useChromium() is missing in this file");
  const problems: string[] = [];
  const session = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    reducedMotion: "reduce",
    ...options,
  });
  onTestFinished(() => session.close());
  session.setDefaultTimeout(waitMillis);
  const page = await session.newPage();
  // A violation of the policy is an error of the console, too.
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") problems.push(message.text());
  });
  page.on("pageerror", (error) => problems.push(error.stack ?? error.message));
  await page.goto(url);
  return { page, problems };
}

/** Goes to another place of the page, and waits for its content. */
export async function show(page: Page, hash: string): Promise<void> {
  await page.goto(new URL(hash, page.url()).href);
  await page.locator("main h1").waitFor({ state: "attached" });
  await page.locator("[aria-busy]").waitFor({ state: "detached" });
}
