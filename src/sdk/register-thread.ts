// `tachymeter/register` in a worker thread. Loads only what the thread needs to record measurements.
import { diag } from "@opentelemetry/api";
import { joinMainThread } from "../group/threads/join-main-thread.ts";
import { threadMember } from "../group/threads/member.ts";
import { logToStderr } from "./stderr-logger.ts";
import { type FoundSettings, threadSettings } from "./thread-settings.ts";
import { watchFirstCommand } from "./watch-first-command.ts";

/**
 * Joins the group of the main thread. If it accepts no threads, this is logged once. `watchCommands` begins to count
 * the thread's child processes.
 */
export function registerThread(watchCommands: (first: unknown) => void): void {
  const settings = threadSettings();
  logToStderr(settings?.logLevel ?? "info");
  const host = joinMainThread();
  if (host !== undefined) threadMember(host);
  else if (settings !== undefined) noticeOnce(settings);
  if (settings?.commands === true) watchFirstCommand(watchCommands);
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
