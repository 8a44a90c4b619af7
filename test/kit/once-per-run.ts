import { mkdirSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { inject } from "vitest";

/**
 * Does a piece of work once a run, whichever test file comes first, and gives the folder that it filled; the other
 * files, which run in processes of their own, wait for it. A failure is everybody's.
 */
export async function oncePerRun(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const home = join(inject("runFolder"), name);
  const folder = join(home, "content");
  const outcome = join(home, "outcome");
  if (claim(home)) {
    mkdirSync(folder);
    await fill(folder).then(
      () => writeFileSync(outcome, "done"),
      (error: unknown) => writeFileSync(outcome, String(error)),
    );
  }
  const result = await waitForContent(outcome);
  if (result !== "done") throw new Error(`${name}: ${result}`);
  return folder;
}

// Of several processes that make the same folder, one succeeds.
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
