// Answers about health for servers of the application's own.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HealthAnswer } from "./answer.ts";

/** Answers requests of node:http, and of the frameworks that build on it: `next` gets those for other paths. */
export type HealthRequestHandler = (
  request: IncomingMessage,
  response: ServerResponse,
  next?: () => void,
) => void;

/** Answers requests of the Fetch API, as Hono, Next and others have them. */
export type HealthFetchHandler = (request: Request) => Promise<Response>;

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
