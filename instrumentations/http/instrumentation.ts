import { ClientRequest } from "node:http";
import { isInternalTraffic } from "../../src/io/http/internal-traffic.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { counter, histogram, observableUpDownCounter } from "../shared/instruments.ts";
import type { Recording } from "../shared/recording.ts";
import { ClientDurations } from "./client-durations.ts";
import { ClientRequests } from "./client-requests.ts";
import { watchExpress } from "./express.ts";
import { watchFastify } from "./fastify.ts";
import { watchHono } from "./hono.ts";
import { watchKoa } from "./koa.ts";
import { ServedRequests } from "./served-requests.ts";
import { type HttpInstrumentationConfig, isTimed } from "./index.ts";

/**
 * Counts and times the HTTP requests that the application serves and makes, including `fetch`, and counts active
 * requests. Server durations have the routes of Express, Fastify, Koa, Hono and NestJS.
 */
export function begin(recording: Recording<HttpInstrumentationConfig>): Attach | undefined {
  const { meter, config } = recording;
  countServed(recording);
  countSent(recording);
  if (isTimed(config, "http") || isTimed(config, "undici")) {
    const client = new ClientDurations(histogram(meter, "http.client.request.duration"), recording.failed);
    if (isTimed(config, "http")) timeNodeClients(recording, client);
    if (isTimed(config, "undici")) timeUndici(recording, client);
  }
  if (!isTimed(config, "http")) return undefined;
  listen(recording, { "fastify.initialization": (message) => watchFastify(recording, message) });
  const watch = new Map([
    ["express", watchExpress],
    ["koa", watchKoa],
    ["hono", watchHono],
  ]);
  return (exports, { library }) => watch.get(library)?.(recording, exports);
}

function countServed(recording: Recording<HttpInstrumentationConfig>): void {
  const { meter, config } = recording;
  const requests = new ServedRequests(
    counter(meter, "http.server.requests"),
    isTimed(config, "http") ? histogram(meter, "http.server.request.duration") : undefined,
    recording.failed,
  );
  recording.observe(observableUpDownCounter(meter, "http.server.active_requests"), (result) =>
    requests.observe(result),
  );
  listen(recording, {
    "http.server.request.start": ({ request, response, server }) => {
      if (isObject(request) && isObject(response) && !isInternalTraffic(server))
        requests.begun(request, response);
    },
  });
}

function countSent(recording: Recording<HttpInstrumentationConfig>): void {
  const { meter } = recording;
  const client = new ClientRequests(counter(meter, "http.client.requests"));
  recording.observe(observableUpDownCounter(meter, "http.client.active_requests"), (result) =>
    client.observe(result),
  );
  listen(recording, {
    "http.client.request.start": ({ request }) => {
      if (isApplications(request)) client.begun(request);
    },
    "http.client.response.finish": ({ request, response }) => client.answered(request, response),
    "http.client.request.error": ({ request, error }) => client.failed(request, error),
    "undici:request:create": ({ request }) => {
      if (isObject(request) && !leavesHttp(request)) client.begun(request);
    },
    "undici:request:headers": ({ request, response }) => client.answered(request, response),
    "undici:request:error": ({ request, error }) => client.failed(request, error),
  });
}

function timeNodeClients(recording: Recording<HttpInstrumentationConfig>, client: ClientDurations): void {
  listen(recording, {
    "http.client.request.start": ({ request }) => {
      if (isApplications(request)) client.begun(request);
    },
    "http.client.response.finish": ({ request, response }) => {
      if (isObject(request)) client.answered(request, response);
    },
    "http.client.request.error": ({ request, error }) => {
      if (isObject(request)) client.failed(request, error);
    },
  });
}

function timeUndici(recording: Recording<HttpInstrumentationConfig>, client: ClientDurations): void {
  listen(recording, {
    "undici:request:create": ({ request }) => {
      if (isObject(request) && !leavesHttp(request)) client.begun(request);
    },
    "undici:request:headers": ({ request, response }) => {
      if (isObject(request)) client.headers(request, response);
    },
    "undici:request:trailers": ({ request }) => {
      if (isObject(request)) client.ended(request);
    },
    "undici:request:error": ({ request, error }) => {
      if (isObject(request)) client.failed(request, error);
    },
  });
}

type Message = Readonly<Partial<Record<"request" | "response" | "server" | "error", unknown>>>;

function listen(
  recording: Recording<unknown>,
  channels: Readonly<Record<string, (message: Message) => void>>,
): void {
  for (const [channel, listener] of Object.entries(channels)) recording.subscribe(channel, listener);
}

// Whether it is a request of the application that stays HTTP.
function isApplications(request: unknown): request is object {
  return isObject(request) && !isInternalTraffic(request) && !leavesHttp(request);
}

// Neither Node.js nor undici publishes the response to a request that becomes a WebSocket or a tunnel.
function leavesHttp(request: unknown): boolean {
  if (fieldOf(request, "method") === "CONNECT") return true;
  if (request instanceof ClientRequest) return request.hasHeader("upgrade");
  return typeof fieldOf(request, "upgrade") === "string";
}
