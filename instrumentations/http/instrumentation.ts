// Requests over HTTP that the application answers and that it makes, as Node.js and undici tell of them.
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { ClientRequest } from "node:http";
import type { InstrumentationConfig } from "@opentelemetry/instrumentation";
import { isOurTraffic } from "../../src/facades/own-requests.ts";
import {
  type HookedFile,
  LibraryInstrumentation,
  type OptionCheck,
  type Recording,
} from "../hooking/index.ts";
import {
  activeClientRequests,
  activeServerRequests,
  clientRequestCounter,
  serverRequestCounter,
} from "./instruments.ts";
import { Requests } from "./requests.ts";

/** Nothing but what every instrumentation takes. */
export type HttpInstrumentationConfig = InstrumentationConfig;

/**
 * Counts the requests over HTTP that the application answers and makes, `fetch` included, and those that wait for an
 * answer. How long they take is left to `@opentelemetry/instrumentation-http` and `-undici`.
 *
 * @example
 * new HttpInstrumentation();
 */
export class HttpInstrumentation extends LibraryInstrumentation<HttpInstrumentationConfig> {
  static readonly options: Readonly<Record<string, OptionCheck>> = {};

  constructor(config: HttpInstrumentationConfig = {}) {
    super("http", config, HttpInstrumentation.options);
  }

  // Node.js itself tells of each request.
  protected override files(): readonly HookedFile[] {
    return [];
  }

  protected override begin(recording: Recording<HttpInstrumentationConfig>): undefined {
    const { meter } = recording;
    const server = new Requests(serverRequestCounter(meter), isOver);
    const client = new Requests(clientRequestCounter(meter), isOver);
    recording.observe(activeServerRequests(meter), (result) => server.observe(result));
    recording.observe(activeClientRequests(meter), (result) => client.observe(result));
    listen(recording, {
      "http.server.request.start": ({ request, response, server: by }) => {
        if (!isOurTraffic(by)) server.begun(response, request);
      },
      "http.server.response.finish": ({ response }) => server.answered(response, response),
      "http.client.request.start": ({ request }) => {
        if (!isOurTraffic(request) && !leavesHttp(request)) client.begun(request, request);
      },
      "http.client.response.finish": ({ request, response }) => client.answered(request, response),
      "http.client.request.error": ({ request, error }) => client.failed(request, error),
      "undici:request:create": ({ request }) => {
        if (!leavesHttp(request)) client.begun(request, request);
      },
      "undici:request:headers": ({ request, response }) => client.answered(request, response),
      "undici:request:error": ({ request, error }) => client.failed(request, error),
    });
  }
}

type Message = Readonly<Partial<Record<"request" | "response" | "server" | "error", unknown>>>;

function listen(
  recording: Recording<HttpInstrumentationConfig>,
  channels: Readonly<Record<string, (message: Message) => void>>,
): void {
  for (const [channel, listener] of Object.entries(channels)) {
    // What is thrown here would be an uncaught exception of the application's.
    const safeListener = (message: unknown): void => {
      try {
        if (isMessage(message)) listener(message);
      } catch (error) {
        recording.failed(error);
      }
    };
    subscribe(channel, safeListener);
    recording.onEnd(() => void unsubscribe(channel, safeListener));
  }
}

function isMessage(message: unknown): message is Message {
  return typeof message === "object" && message !== null;
}

// Neither Node.js nor undici publishes the answer to one that becomes a WebSocket or a tunnel.
function leavesHttp(request: unknown): boolean {
  if (!isMessage(request)) return false;
  if ("method" in request && request.method === "CONNECT") return true;
  if (request instanceof ClientRequest) return request.hasHeader("upgrade");
  return "upgrade" in request && typeof request.upgrade === "string";
}

// Node's own requests and responses are closed, also where the connection was lost; undici's are completed or aborted.
function isOver(request: object): boolean {
  return (
    ("closed" in request && request.closed === true) ||
    ("completed" in request && request.completed === true) ||
    ("aborted" in request && request.aborted === true)
  );
}
