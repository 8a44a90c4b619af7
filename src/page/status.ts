// The state of the application: health, alerts, anomalies, members.
import { shortened, shownLabels } from "./charts/legend.ts";
import type { PageAlerts } from "./page-alerts.ts";
import type { StoredEvents } from "./past-events.ts";
import type { Status } from "./protocol.ts";
import type { SlowFigures } from "./slow-figures.ts";

type HealthStatus = NonNullable<Status["health"]>["status"];

/** The report of the health facade. */
export interface PageHealth {
  readonly status: HealthStatus;
  readonly components: Readonly<Record<string, { readonly status: HealthStatus; readonly reason?: string }>>;
}

/** A process or thread of the group. */
export interface PageMember {
  readonly pid: number;
  readonly threadId: number;
  readonly worker?: number | undefined;
  readonly role: string;
  readonly state: string;
  readonly ageSeconds: number;
}

/** The parts of the status. */
export interface StatusParts {
  readonly service: string;
  readonly version: string;
  readonly health: () => PageHealth;
  readonly members: () => readonly PageMember[];
  /** The history, if there is one. */
  readonly stored: () => StoredEvents | undefined;
  /** The series that are unusual now, the least usual first; `undefined` if none is watched. */
  readonly unusual: () =>
    | readonly {
        readonly metric: string;
        readonly labels: Readonly<Record<string, string>>;
        readonly score: number;
        readonly since: number;
      }[]
    | undefined;
  /** Whether alerts are sent or logged. */
  readonly areAlertsSent: () => boolean;
  readonly admission: { readonly isProtected: boolean };
  /** Template of a link to a trace. */
  readonly traceUrl: string | undefined;
}

const MAX_ANOMALIES = 20;
const MAX_COMPONENTS = 200;
const MAX_MEMBERS = 500;
const WARNING_MILLIS = 3_600_000;
const MAX_WARNING_LENGTH = 1_000;

/**
 * The status at a time, in Unix milliseconds.
 *
 * @param peers number of other instances.
 */
export function statusAt(
  timeMillis: number,
  parts: StatusParts,
  alerts: PageAlerts | undefined,
  slow: Pick<SlowFigures, "at">,
  peers: number,
): Status {
  const { service, version, admission, traceUrl } = parts;
  const health = healthOf(parts.health());
  const anomalies = anomaliesOf(parts.unusual());
  const historyWarning = warningAt(timeMillis, parts.stored());
  return {
    time: timeMillis / 1_000,
    service,
    version,
    ...(health !== undefined && { health }),
    startedAt: timeMillis / 1_000 - process.uptime(),
    runtime: `Node.js ${process.versions.node}`,
    ...(alerts !== undefined && { alerts: alerts.all(), areAlertsSent: parts.areAlertsSent() }),
    ...slow.at(timeMillis),
    hasHistory: parts.stored() !== undefined,
    ...(historyWarning !== undefined && { historyWarning }),
    ...(anomalies !== undefined && { anomalies }),
    members: parts
      .members()
      .filter(({ state }) => state !== "gone")
      .slice(0, MAX_MEMBERS)
      .map(({ pid, threadId, worker, role, state, ageSeconds }) => ({
        instance: instanceOf({ pid, threadId, worker }),
        pid,
        role,
        isBlocked: state === "blocked",
        ageSeconds,
      })),
    peers,
    maySilence: alerts !== undefined && admission.isProtected,
    ...(traceUrl !== undefined && { traceUrl }),
  };
}

/** The name of a member in the page's addresses. The numbers of threads are those of their process alone. */
export function instanceOf({
  pid,
  threadId,
  worker,
}: Pick<PageMember, "pid" | "threadId" | "worker">): string {
  return threadId === 0 ? String(worker ?? pid) : `${pid}/${threadId}`;
}

// An application without components has no health.
function healthOf({ status, components }: PageHealth): Status["health"] {
  const entries = Object.entries(components).slice(0, MAX_COMPONENTS);
  if (entries.length === 0) return undefined;
  return {
    status,
    components: entries.map(([name, component]) => ({
      name: shortened(name, 200),
      status: component.status,
      reason: component.reason ?? "",
    })),
  };
}

function warningAt(timeMillis: number, store: StoredEvents | undefined): string | undefined {
  const warning = store?.lastWarning;
  if (warning === undefined || timeMillis - warning.timeUnixMillis > WARNING_MILLIS) return undefined;
  return shortened(warning.text, MAX_WARNING_LENGTH);
}

function anomaliesOf(unusual: ReturnType<StatusParts["unusual"]>): Status["anomalies"] {
  return unusual
    ?.slice(0, MAX_ANOMALIES)
    .map(({ metric, labels, score, since }) => ({ metric, labels: shownLabels(labels), score, since }));
}
