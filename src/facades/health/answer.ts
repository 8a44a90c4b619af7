import type { IncomingMessage, ServerResponse } from "node:http";
import type { HealthReport } from "./report.ts";

/** Response to a health request: the report as JSON, with the verdict as HTTP status. */
export interface HealthAnswer {
  /** 200, or 503 for a negative verdict. */
  readonly status: 200 | 503;
  /** Headers of the response, with lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  /** A `HealthReport` as JSON, by default without reasons. */
  readonly body: string;
}

/** Content of a health response. */
export interface HealthAnswerOptions {
  /**
   * Whether the response contains the reasons. They are often error messages that name hosts or users, so enable this
   * for trusted clients only.
   *
   * @defaultValue false
   */
  readonly reasons?: boolean | undefined;
  /**
   * Whether the response contains the components.
   *
   * @defaultValue true
   */
  readonly details?: boolean | undefined;
}

/** A request handler for node:http and frameworks built on it. `next` is called for requests with other paths. */
export type HealthRequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: () => void,
) => void;

/** A request handler for the Fetch API, as used by Hono, Next and others. */
export type HealthFetchHandler = (request: Request) => Promise<Response>;

/** Paths of health requests. */
export const HEALTH_PATHS = ["/livez", "/readyz", "/healthz"] as const;

/** Path of a health request. */
export type HealthPath = (typeof HEALTH_PATHS)[number];

/** Returns the health path that `path` ends in: `/shop/readyz` is the same as `/readyz`. */
export function healthPathOf(path: string): HealthPath | undefined {
  const last = path.slice(path.lastIndexOf("/"));
  return HEALTH_PATHS.find((known) => known === last);
}

/** Creates the response from a report. */
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
  if (reasons) return report;
  const components = Object.entries(report.components).map(([name, component]) => [
    name,
    // JSON leaves out undefined fields.
    { ...component, reason: undefined },
  ]);
  return { ...report, components: Object.fromEntries(components) };
}

function isAffirmed(path: HealthPath, { status, components }: HealthReport): boolean {
  // A restart does not help if a dependency is down.
  if (path === "/livez") return true;
  // Requests might fail until the first check has ended.
  const isAwaited = Object.values(components).some(
    (each) => each.status === "unknown" && each.critical && each.checkedAt === undefined,
  );
  return status !== "unhealthy" && !(path === "/readyz" && isAwaited);
}

type AnswerAt = (path: string) => HealthAnswer | undefined;

const BASE = "http://localhost";

/** Creates a handler for node:http. Without `next`, requests for other paths get 404. */
export function requestHandler(answerAt: AnswerAt): HealthRequestHandler {
  return (request, response, next) => {
    const answer = answerOf(request.url ?? "/", answerAt);
    if (answer === undefined && next !== undefined) {
      next();
      return;
    }
    if (response.headersSent || response.destroyed) return;
    const { status, headers, body } = repliedTo(request.method ?? "GET", answer);
    response.writeHead(status, { ...headers, "content-length": String(Buffer.byteLength(body)) });
    response.end(request.method === "HEAD" ? undefined : body);
  };
}

/** Creates a handler for the Fetch API. Requests for other paths get 404. */
export function fetchHandler(answerAt: AnswerAt): HealthFetchHandler {
  return async (request) => {
    const { status, headers, body } = repliedTo(request.method, answerOf(request.url, answerAt));
    return new Response(request.method === "HEAD" ? null : body, { status, headers });
  };
}

function answerOf(url: string, answerAt: AnswerAt): HealthAnswer | undefined {
  return URL.canParse(url, BASE) ? answerAt(new URL(url, BASE).pathname) : undefined;
}

interface Reply {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

function repliedTo(method: string, answer: HealthAnswer | undefined): Reply {
  const headers = { "content-type": "text/plain; charset=utf-8" };
  if (answer === undefined) return { status: 404, headers, body: "there is nothing at this path\n" };
  if (method === "GET" || method === "HEAD") return { ...answer, headers: { ...answer.headers } };
  const allow = "GET, HEAD";
  return { status: 405, headers: { ...headers, allow }, body: "only GET and HEAD are allowed\n" };
}
