import type { IncomingMessage, ServerResponse } from "node:http";
import type { HealthReport } from "./report.ts";

/** The answer to a health request: the report as JSON, with its verdict as HTTP status. */
export interface HealthAnswer {
  /** 200, or 503 for a negative verdict. */
  readonly status: 200 | 503;
  readonly headers: Readonly<Record<string, string>>;
  /** A `HealthReport` in JSON, by default without reasons. */
  readonly body: string;
}

/** Content of an answer. */
export interface HealthAnswerOptions {
  /**
   * Whether it contains the reasons, often messages of errors with hosts or users in them: for trusted clients only.
   * @defaultValue false
   */
  readonly reasons?: boolean | undefined;
  /** Whether it contains the components. @defaultValue true */
  readonly details?: boolean | undefined;
}

/** A handler for node:http and frameworks on top of it; `next` gets requests for other paths. */
export type HealthRequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: () => void,
) => void;

/** A handler for the Fetch API, as of Hono, Next and others. */
export type HealthFetchHandler = (request: Request) => Promise<Response>;

/** Paths of health requests. */
export const HEALTH_PATHS = ["/livez", "/readyz", "/healthz"] as const;

export type HealthPath = (typeof HEALTH_PATHS)[number];

/** The path that `path` ends in: `/shop/readyz` is the same as `/readyz`. */
export function healthPathOf(path: string): HealthPath | undefined {
  const last = path.slice(path.lastIndexOf("/"));
  return HEALTH_PATHS.find((known) => known === last);
}

/** The answer from a report. */
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
    // JSON leaves out what is undefined.
    { ...component, reason: undefined },
  ]);
  return { ...report, components: Object.fromEntries(components) };
}

function isAffirmed(path: HealthPath, { status, components }: HealthReport): boolean {
  // A dependency that is down is no reason for a restart.
  if (path === "/livez") return true;
  // Until its first check has ended, requests might fail.
  const isAwaited = Object.values(components).some((each) => each.status === "unknown" && each.critical);
  return status !== "unhealthy" && !(path === "/readyz" && isAwaited);
}

type AnswerAt = (path: string) => HealthAnswer | undefined;

const BASE = "http://localhost";

/** A handler for node:http. Without `next`, requests for other paths get 404. */
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

/** A handler for the Fetch API. Requests for other paths get 404. */
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
  return { status: 405, headers: { ...headers, allow }, body: "only GET and HEAD are answered\n" };
}
