// Which backend a bridge gets.
import { mkdirSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { diag } from "@opentelemetry/api";
import { History } from "../history.ts";
import { RemoteHistory } from "../remote/remote-history.ts";
import { runningHistory } from "../running-history.ts";
import type { Backend } from "./backend.ts";
import { keptByTheBridge, LocalBackend } from "./local-backend.ts";
import { OpeningHistory } from "./opening-history.ts";
import type { BridgeOptions } from "./options.ts";
import { RemoteBackend } from "./remote-backend.ts";

const EVENTS_DAYS = 7;
const IN_MEMORY = ":memory:";

/** The backend that the connection names. */
export function connectedBackend(connection: string, options: BridgeOptions): Backend {
  if (/^https?:\/\//i.test(connection)) {
    const { headers, eventsDays = EVENTS_DAYS } = options;
    const source = new RemoteHistory({ url: connection, ...(headers !== undefined && { headers }) });
    return new RemoteBackend(source, eventsDays);
  }
  return ownBackend(pathFrom(connection), options);
}

/** The running Tachymeter's history; where there is none, one in memory. */
export function unconnectedBackend(options: BridgeOptions): Backend {
  const running = runningHistory();
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
    if (path !== IN_MEMORY) mkdirSync(dirname(path), { recursive: true });
    return History.open({ path, retention });
  };
  return new LocalBackend(keptByTheBridge(new OpeningHistory(open, eventsDays)), true);
}

function pathFrom(connection: string): string {
  if (connection === IN_MEMORY) return connection;
  return connection.startsWith("file:") ? fileURLToPath(connection) : resolve(connection);
}
