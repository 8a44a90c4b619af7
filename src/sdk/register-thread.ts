// `tachymeter/register` in a worker thread. Loads only what the thread needs to record measurements.
import { diag } from "@opentelemetry/api";
import { errorMessage } from "../diagnostics/error-message.ts";
import { type HostLink, joinMainThread } from "../group/threads/join-main-thread.ts";
import { letWorkersJoin, restoreFlags } from "../group/threads/joining-workers.ts";
import { threadMember } from "../group/threads/member.ts";
import { ThreadMeterProvider } from "../group/threads/thread-meter-provider.ts";
import { ownFacts } from "./member-facts.ts";
import { logToStderr } from "./stderr-logger.ts";
import { type FoundSettings, threadSettings } from "./thread-settings.ts";
import { watchFirstCommand } from "./watch-first-command.ts";
import { watchFirstLibrary } from "./watch-first-library.ts";
import type * as instrumentations from "./thread-instrumentations.ts";
import type * as member from "./thread-member.ts";

/** The parts of which most threads need none. They are loaded on demand. */
export interface ThreadParts {
  readonly member: () => typeof member;
  /** As `member`, by an import. */
  readonly imported: () => Promise<typeof member>;
  readonly instrumentations: () => typeof instrumentations;
}

// Threads that end earlier have no runtime metrics, whose code takes longer to load.
const RUNTIME_DELAY_MILLIS = 1_000;

/** Joins the group of the main thread. If it accepts no threads, this is logged once. */
export function registerThread(parts: ThreadParts): void {
  restoreFlags();
  const settings = threadSettings();
  logToStderr(settings?.logLevel ?? "info");
  const host = joinMainThread();
  if (settings?.commands === true)
    watchFirstCommand((first) => parts.instrumentations().watchThreadCommands(first));
  if (host !== undefined) join(host, settings, parts);
  else if (settings !== undefined) noticeOnce(settings);
}

function join(host: HostLink, settings: FoundSettings | undefined, parts: ThreadParts): void {
  const provider = new ThreadMeterProvider(() => parts.member().memberProvider(host));
  threadMember(host, provider, ownFacts);
  letWorkersJoin();
  if (settings === undefined) return;
  const instrument = (): void => attempt("libraries are", () => parts.instrumentations().instrumentThread());
  watchFirstLibrary(settings, instrument);
  if (settings.runtime) {
    const observe = (): void =>
      attempt("heap is", async () =>
        (await provider.whileImporting(parts.imported())).observeThread(provider, {}),
      );
    setTimeout(observe, RUNTIME_DELAY_MILLIS).unref();
  }
}

// The thread goes on without the part. The application's files may have been replaced while it runs.
function attempt(subject: string, act: () => unknown): void {
  const failed = (error: unknown): void =>
    diag.error(`group: the ${subject} not measured in a worker thread: ${errorMessage(error)}`);
  try {
    const acted = act();
    if (acted instanceof Promise) acted.catch(failed);
  } catch (error) {
    failed(error);
  }
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
