// What orchestrators and load balancers ask by HTTP, and what they are told.
import type { ComponentHealth, HealthReport } from "./report.ts";

/** The answer to a question after health: the report as JSON, and its verdict as the status of HTTP. */
export interface HealthAnswer {
  /** 200, or 503 where the verdict is no. */
  readonly status: 200 | 503;
  readonly headers: Readonly<Record<string, string>>;
  /** A `HealthReport` in JSON, without the components' reasons unless they were asked for. */
  readonly body: string;
}

/** What an answer tells. */
export interface HealthAnswerOptions {
  /**
   * Whether it tells why components are not well. That is an error's message as a rule, with hosts, users or worse in it:
   * for those alone who may know.
   *
   * @defaultValue false
   */
  readonly reasons?: boolean | undefined;
  /**
   * Whether it names the components.
   *
   * @defaultValue true
   */
  readonly details?: boolean | undefined;
}

/** The paths at which health is asked for. */
export const HEALTH_PATHS = ["/livez", "/readyz", "/healthz"] as const;

/** One of those paths. */
export type HealthPath = (typeof HEALTH_PATHS)[number];

/** Which of them a path ends in: `/shop/readyz` asks the same as `/readyz`. */
export function healthPathOf(path: string): HealthPath | undefined {
  const last = path.slice(path.lastIndexOf("/"));
  return HEALTH_PATHS.find((known) => known === last);
}

/** Answers from a report. */
export function healthAnswer(
  path: HealthPath,
  report: HealthReport,
  { reasons = false, details = true }: HealthAnswerOptions = {},
): HealthAnswer {
  return {
    status: isAffirmed(path, report) ? 200 : 503,
    headers: { "content-type": "application/json; charset=utf-8", "cache-control": "no-store" },
    body: JSON.stringify(bodyOf(report, reasons, details)),
  };
}

function bodyOf(report: HealthReport, reasons: boolean, details: boolean): object {
  if (!details) return { status: report.status };
  return reasons ? report : withoutReasons(report);
}

// JSON leaves out what is undefined.
function withoutReasons(report: HealthReport): object {
  const components = Object.entries(report.components).map(([name, component]) => [
    name,
    { ...component, reason: undefined },
  ]);
  return { ...report, components: Object.fromEntries(components) };
}

function isAffirmed(path: HealthPath, { status, components }: HealthReport): boolean {
  switch (path) {
    case "/livez":
      // Who can answer lives. A dependency that is down is no reason to be started anew.
      return true;
    case "/readyz":
      return status !== "unhealthy" && !Object.values(components).some(isAwaited);
    case "/healthz":
      return status !== "unhealthy";
    default:
      return path satisfies never;
  }
}

// Its first check has not ended: who is asked for work before that may have to refuse it.
function isAwaited({ status, critical }: ComponentHealth): boolean {
  return status === "unknown" && critical;
}
