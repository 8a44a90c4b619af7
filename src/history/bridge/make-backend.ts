// Which backend a bridge gets.
import { OptionsError } from "../../options/options-error.ts";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { diag } from "@opentelemetry/api";
import { makeFolderSync } from "../../io/make-folder.ts";
import { History } from "../history.ts";
import { RemoteHistory } from "../remote/index.ts";
import type { RunningHistory } from "../running.ts";
import type { Backend } from "./backend.ts";
import { keptByTheBridge, LocalBackend, type LocalHistory } from "./local-backend.ts";
import type { BridgeOptions } from "./options.ts";
import { RemoteBackend } from "./remote-backend.ts";
import type { Sample, StoredEvent, StoreUsage } from "../store/stored.ts";
import type { MetricTotals, TotalsRequest } from "../query/totals/totals.ts";

const EVENTS_DAYS = 7;
const IN_MEMORY = ":memory:";

/**
 * The backend that the connection names.
 *
 * @throws OptionsError where it names neither a file nor a remote history.
 */
export function connectedBackend(connection: string, options: BridgeOptions): Backend {
  const [, scheme] = /^(file(?=:)|[a-z][a-z\d+.-]+(?=:\/\/))/i.exec(connection) ?? [];
  if (scheme === undefined)
    return ownBackend(connection === IN_MEMORY ? connection : resolve(connection), options);
  switch (scheme.toLowerCase()) {
    case "http":
    case "https":
      return remoteBackend(connection, options);
    case "file":
      return ownBackend(pathFrom(connection), options);
    default:
      // What follows may hold a password.
      throw notUnderstood(`${scheme}:…`);
  }
}

/** Of a running Tachymeter's history; where there is none, of one in memory. */
export function unconnectedBackend(running: RunningHistory | undefined, options: BridgeOptions): Backend {
  if (running === undefined) return ownBackend(IN_MEMORY, options);
  if (options.eventsDays !== undefined || options.metricsDays !== undefined) {
    diag.warn(
      "bridge: its retention_policy is not used, since the running history has its own; give start() history.retention, or the bridge a connection_string",
    );
  }
  return new LocalBackend(running, false);
}

function ownBackend(path: string, { eventsDays = EVENTS_DAYS, metricsDays }: BridgeOptions): Backend {
  const retention = { eventsDays, ...(metricsDays !== undefined && { metricsDays }) };
  const open = (): Promise<History> => {
    if (path !== IN_MEMORY) makeFolderSync(dirname(path), 0o777);
    return History.open({ path, retention });
  };
  return new LocalBackend(keptByTheBridge(new OpeningHistory(open, eventsDays)), true);
}

function remoteBackend(url: string, { headers, eventsDays = EVENTS_DAYS }: BridgeOptions): Backend {
  const source = new RemoteHistory({ url, ...(headers !== undefined && { headers }) });
  return new RemoteBackend(source, eventsDays);
}

function pathFrom(url: string): string {
  try {
    // "file:telemetry.db" would be a file of the root.
    if (/^file:\//i.test(url)) return fileURLToPath(url);
  } catch {
    // It names another machine, or what no file is called.
  }
  throw notUnderstood(url);
}

function notUnderstood(connection: string): OptionsError {
  const must = "be the path of a file, or the URL of a remote history, as http://prometheus:9090";
  return new OptionsError("bridge", [{ name: "storage_config.connection_string", value: connection, must }]);
}

const RETRY_MILLIS = 10_000;

/** Hands all calls on to a history that it opens. Where that fails, they all reject, and it is tried again after 10 s. */
class OpeningHistory implements LocalHistory {
  readonly eventsDays: number;
  readonly #open: () => Promise<LocalHistory>;
  #opened: Promise<LocalHistory> | undefined;
  #lastTryMillis = -Infinity;
  #hasFailed = false;
  #isClosed = false;

  constructor(open: () => Promise<LocalHistory>, eventsDays: number) {
    this.#open = open;
    this.eventsDays = eventsDays;
  }

  async appendEvents(events: readonly StoredEvent[]): Promise<void> {
    await (await this.#history()).appendEvents(events);
  }

  async appendSamples(samples: readonly Sample[]): Promise<void> {
    await (await this.#history()).appendSamples(samples);
  }

  async totals(request: TotalsRequest): Promise<readonly MetricTotals[]> {
    return (await this.#history()).totals(request);
  }

  async storeUsage(): Promise<StoreUsage> {
    return (await this.#history()).storeUsage();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    // What could not be opened has nothing to close.
    const history = await this.#opened?.catch(() => undefined);
    await history?.close();
  }

  #history(): Promise<LocalHistory> {
    if (this.#isClosed) return Promise.reject(new Error("the history is closed"));
    const isDue = performance.now() - this.#lastTryMillis >= RETRY_MILLIS;
    if (this.#opened === undefined || (this.#hasFailed && isDue)) this.#opened = this.#tryToOpen();
    return this.#opened;
  }

  async #tryToOpen(): Promise<LocalHistory> {
    this.#lastTryMillis = performance.now();
    this.#hasFailed = false;
    try {
      return await this.#open();
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    }
  }
}
