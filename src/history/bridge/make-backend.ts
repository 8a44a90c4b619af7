import { RETENTION_DAYS } from "../../options/history.ts";
import { OptionsError } from "../../options/options-error.ts";
import { dirname } from "node:path";
import { absolutePath } from "../../io/files/absolute-path.ts";
import { Events } from "../../events/events.ts";
import { EventStore } from "../events/store.ts";
import { fileURLToPath } from "node:url";
import { diag } from "@opentelemetry/api";
import { makeFolderSync } from "../../io/files/open-file.ts";
import { HistoryStore } from "../history-store.ts";
import { RemoteHistory } from "../remote/index.ts";
import { LocalBackend, type LocalHistory, type RunningHistory } from "./local-backend.ts";
import type { Backend } from "./backend.ts";
import type { BridgeOptions } from "./options.ts";
import { RemoteBackend } from "./remote-backend.ts";

const IN_MEMORY = ":memory:";

/** Creates the backend of a connection string. @throws OptionsError if it is neither a file nor a remote history */
export function connectedBackend(connection: string, options: BridgeOptions): Backend {
  const [, scheme] = /^(file(?=:)|[a-z][a-z\d+.-]+(?=:\/\/))/i.exec(connection) ?? [];
  if (scheme === undefined)
    return ownBackend(connection === IN_MEMORY ? connection : absolutePath(connection), options);
  switch (scheme.toLowerCase()) {
    case "http":
    case "https":
      return remoteBackend(connection, options);
    case "file":
      return ownBackend(pathFrom(connection), options);
    default:
      // Only the scheme is shown, because the rest may contain a password.
      throw notUnderstood(`${scheme}:…`);
  }
}

/** Uses the running Tachymeter's history, else memory. */
export function unconnectedBackend(running: RunningHistory | undefined, options: BridgeOptions): Backend {
  if (running === undefined) return ownBackend(IN_MEMORY, options);
  if (options.eventsDays !== undefined || options.metricsDays !== undefined) {
    diag.warn(
      "bridge: retention_policy is ignored, because the running history has its own; set history.retention in start(), or a connection_string",
    );
  }
  return new LocalBackend(running, false);
}

function ownBackend(
  path: string,
  {
    eventsDays = RETENTION_DAYS.eventsDays,
    metricsDays = RETENTION_DAYS.metricsDays,
  }: Pick<BridgeOptions, "eventsDays" | "metricsDays">,
): Backend {
  const retention = { eventsDays, metricsDays };
  const history = openedLater(retention, async () => {
    if (path !== IN_MEMORY) makeFolderSync(dirname(path), 0o777);
    return HistoryStore.open({ path, retention });
  });
  const [events, eventStore] = [Events.withoutRecent(), new EventStore(history)];
  return new LocalBackend({ history, events, eventStore, intervalMillis: 60_000 }, true);
}

function remoteBackend(
  url: string,
  { headers, eventsDays = RETENTION_DAYS.eventsDays }: BridgeOptions,
): Backend {
  const source = new RemoteHistory({ url, ...(headers !== undefined && { headers }) });
  return new RemoteBackend(source, eventsDays);
}

function pathFrom(url: string): string {
  try {
    // Not for relative paths such as "file:telemetry.db".
    if (/^file:\//i.test(url)) return fileURLToPath(url);
  } catch {
    // Not a valid path.
  }
  throw notUnderstood(url);
}

function notUnderstood(connection: string): OptionsError {
  const must = "be the path of a file, or the URL of a remote history, such as http://prometheus:9090";
  return new OptionsError("bridge", [{ name: "storage_config.connection_string", value: connection, must }]);
}

const RETRY_MILLIS = 10_000;

// Opens a history at the first call. If that fails, calls reject, and it is retried after 10 s.
function openedLater(retention: LocalHistory["retention"], open: () => Promise<LocalHistory>): LocalHistory {
  let opened: Promise<LocalHistory> | undefined;
  let retryAtMillis = Infinity;
  let isClosed = false;
  const history = (): Promise<LocalHistory> => {
    if (isClosed) return Promise.reject(new Error("history is closed"));
    const now = performance.now();
    if (opened !== undefined && now < retryAtMillis) return opened;
    retryAtMillis = Infinity;
    opened = open();
    opened.catch(() => {
      retryAtMillis = now + RETRY_MILLIS;
    });
    return opened;
  };
  return {
    retention,
    appendEvents: async (events) => (await history()).appendEvents(events),
    appendSamples: async (samples) => (await history()).appendSamples(samples),
    totals: async (request) => (await history()).totals(request),
    storeUsage: async () => (await history()).storeUsage(),
    async close() {
      isClosed = true;
      await (await opened?.catch(() => undefined))?.close();
    },
  };
}
