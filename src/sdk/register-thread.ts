// `tachymeter/register` in a worker thread. Loads only what the thread needs to record measurements.
import { diag } from "@opentelemetry/api";
import { joinMainThread } from "../group/threads/join-main-thread.ts";
import { letWorkersJoin } from "../group/threads/joining-workers.ts";
import type { memberProvider } from "../group/threads/member-provider.ts";
import { threadMember } from "../group/threads/member.ts";
import { ThreadMeterProvider } from "../group/threads/thread-meter-provider.ts";
import { logToStderr } from "./stderr-logger.ts";
import { type FoundSettings, threadSettings } from "./thread-settings.ts";
import { watchFirstCommand } from "./watch-first-command.ts";
import type { watchThreadCommands } from "./watch-thread-commands.ts";

/** The parts of which most threads need none. They are loaded on demand. */
export interface ThreadParts {
  readonly memberProvider: typeof memberProvider;
  readonly watchThreadCommands: typeof watchThreadCommands;
}

/** Joins the group of the main thread. If it accepts no threads, this is logged once. */
export function registerThread(parts: ThreadParts): void {
  const settings = threadSettings();
  logToStderr(settings?.logLevel ?? "info");
  const host = joinMainThread();
  if (host !== undefined) threadMember(host, new ThreadMeterProvider(() => parts.memberProvider(host)));
  else if (settings !== undefined) noticeOnce(settings);
  if (host !== undefined) letWorkersJoin();
  if (settings?.commands === true) watchFirstCommand((first) => parts.watchThreadCommands(first));
}

function noticeOnce({ kernels, noticed }: FoundSettings): void {
  if (Atomics.exchange(noticed, 0, 1) !== 0) return;
  const known = kernels
    ? "the main thread measures them"
    : "set TACHYMETER_KERNELS=true to measure them from the main thread";
  diag.info(
    `tachymeter/register: Tachymeter is not started in worker threads, so their own measurements are not exported; ${known}`,
  );
}
