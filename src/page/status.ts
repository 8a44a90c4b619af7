// The state of the application: health, alerts, anomalies, members.
import type { SampleSource } from "../query/sample-source.ts";
import type { ChartQueries } from "./charts/chart-plan.ts";
import { shortened, shownLabels } from "./charts/legend.ts";
import type { PageAlerts } from "./page-alerts.ts";
import type { StoredEvents } from "./past-events.ts";
import type { Status } from "./protocol.ts";

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
  readonly source: () => SampleSource;
  readonly health: () => PageHealth;
  readonly members: () => readonly PageMember[];
  /** The history, if there is one. */
  readonly stored: () => StoredEvents | undefined;
  /** Whether anomalies are detected. */
  readonly hasAnomalies: boolean;
  readonly admission: { readonly isProtected: boolean };
  /** Template of a link to a trace. */
  readonly traceUrl: string | undefined;
}

const ANOMALIES = "topk(20, anomaly_score and anomaly_active == 1)";
const MAX_COMPONENTS = 200;
const MAX_MEMBERS = 500;
const WARNING_MILLIS = 3_600_000;
const MAX_WARNING_LENGTH = 1_000;

/** The status at a time, in Unix milliseconds. */
export async function statusAt(
  timeMillis: number,
  parts: StatusParts,
  alerts: PageAlerts | undefined,
  queries: ChartQueries,
): Promise<Status> {
  const { service, version, hasAnomalies, admission, traceUrl } = parts;
  const health = healthOf(parts.health());
  const historyWarning = warningAt(timeMillis, parts.stored());
  return {
    time: timeMillis / 1_000,
    service,
    version,
    ...(health !== undefined && { health }),
    ...(alerts !== undefined && { alerts: alerts.all() }),
    ...(historyWarning !== undefined && { historyWarning }),
    ...(hasAnomalies && { anomalies: await anomaliesAt(timeMillis, parts, queries) }),
    members: parts
      .members()
      .filter(({ state }) => state !== "gone")
      .slice(0, MAX_MEMBERS)
      .map(({ pid, threadId, worker, role, ageSeconds }) => ({
        instance: instanceOf({ pid, threadId, worker }),
        role,
        ageSeconds,
      })),
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

async function anomaliesAt(
  timeMillis: number,
  { source }: StatusParts,
  queries: ChartQueries,
): Promise<NonNullable<Status["anomalies"]>> {
  const { prepared } = queries.predefined(ANOMALIES, "");
  const result = await prepared().at(source(), timeMillis, { isWithoutAnnotations: true });
  if (result.kind !== "vector") return [];
  return result.series.flatMap(({ labels, value }) => {
    const { anomaly_metric: metric = "", anomaly_kind: _kind, ...others } = labels;
    return typeof value === "number" ? [{ metric, labels: shownLabels(others), score: value }] : [];
  });
}
