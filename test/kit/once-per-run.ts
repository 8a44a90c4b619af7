import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { inject } from "vitest";
import { uncounted } from "./file-seconds.ts";

/**
 * Does a piece of work once per run, in the first test file that needs it, and returns the folder that it filled. The
 * other files, which run in separate processes, wait for it. A failure fails all of them.
 */
export async function oncePerRun(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const home = join(inject("runFolder"), name);
  const folder = join(home, "content");
  const outcome = join(home, "outcome");
  if (claim(home)) {
    mkdirSync(folder);
    await uncounted(() => fill(folder)).then(
      () => writeFileSync(outcome, "done"),
      (error: unknown) => writeFileSync(outcome, String(error)),
    );
  }
  const result = await waitForContent(outcome);
  if (result !== "done") throw new Error(`${name}: ${result}`);
  return folder;
}

// If several processes make the same folder, only one succeeds.
function claim(folder: string): boolean {
  try {
    mkdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

async function waitForContent(file: string): Promise<string> {
  for (;;) {
    const content = await readFile(file, "utf8").catch(() => "");
    if (content !== "") return content;
    await delay(50);
  }
}
