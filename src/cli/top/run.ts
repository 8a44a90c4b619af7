// Runs `tachymeter top`: in full screen, as repeated text, or once.
import { setTimeout as pause } from "node:timers/promises";
import { logLine } from "../../diagnostics/foreign-text.ts";
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { Area } from "../../page/panels/index.ts";
import { Output, terminalWidth } from "../output.ts";
import { Application } from "./application.ts";
import { plainText } from "./plain.ts";
import { areaView } from "./views/area.ts";
import { overviewView } from "./views/overview.ts";
import { openWatched } from "./watched/open.ts";
import { Watcher } from "./watcher.ts";

export { defaultUrl } from "./watched/open.ts";

/** Arguments of the command. */
export interface TopArguments {
  readonly place: string;
  readonly area: Area | undefined;
  /** In seconds; the default depends on what is watched. */
  readonly range: number | undefined;
  readonly interval: number | undefined;
  readonly isOnce: boolean;
}

/** Runs until the end, and resolves with the exit code. */
export async function runTop({ place, area, range, interval, isOnce }: TopArguments): Promise<number> {
  const output = new Output(process.stdout);
  const watched = await openWatched(place, output.signal);
  try {
    const watcher = new Watcher(watched, range);
    const view = area === undefined ? overviewView : areaView(area);
    const intervalMillis = (interval ?? watched.interval) * 1_000;
    const isUnicode = hasUnicode(process.env);
    const isFull = process.stdout.isTTY && process.env["TERM"] !== "dumb" && !isOnce;
    if (isFull) await new Application({ watcher, view, intervalMillis, isUnicode }).run();
    else await printed({ watcher, view, intervalMillis, isUnicode, isOnce }, output);
    return watched.problem === undefined ? 0 : 1;
  } finally {
    await watched.close();
  }
}

type Printing = ConstructorParameters<typeof Application>[0] & { readonly isOnce: boolean };

// Each text is separated from the last one by an empty line. A lost connection is the text of a refresh, too: without
// writing, a lost reader would not be noticed.
async function printed(
  { watcher, view, intervalMillis, isUnicode, isOnce }: Printing,
  output: Output,
): Promise<void> {
  const { signal } = output;
  const wait = (): Promise<unknown> => pause(intervalMillis, undefined, { signal }).catch(() => {});
  if (watcher.watched.isCollected) {
    await watcher.watched.refresh(signal);
    await wait();
  }
  for (let separator = ""; !signal.aborted; separator = "\n") {
    let text: string;
    try {
      const moment = await watcher.refresh(signal);
      const page = await view.load(moment);
      text = plainText(watcher, moment, page, terminalWidth(process.stdout), isUnicode);
    } catch (error) {
      if (signal.aborted) return;
      if (isOnce) throw error;
      text = `${logLine(`tachymeter: ${errorMessage(error)}`)}\n`;
    }
    await output.write(`${separator}${text}`);
    if (isOnce) return;
    await wait();
  }
}

// Windows' terminals show Unicode; elsewhere the locale says it.
function hasUnicode({ LC_ALL, LC_CTYPE, LANG }: NodeJS.ProcessEnv): boolean {
  const locale = [LC_ALL, LC_CTYPE, LANG].find((name) => name !== undefined && name !== "") ?? "";
  return process.platform === "win32" || /utf-?8/i.test(locale);
}
