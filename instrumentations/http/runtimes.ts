// Requests that Bun and Deno do not publish on the channels of Node.js.
import { type ServerResponse, Server } from "node:http";
import { isBun, isOtherRuntime } from "../../src/io/runtime.ts";
import { makeRoom } from "../../src/io/process-events.ts";
import { replaceMethod } from "../../src/recording/replace-method.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Recording } from "../shared/recording.ts";
import type { ClientDurations } from "./client-durations.ts";
import type { ClientRequests } from "./client-requests.ts";
import type { OwnAttributes } from "./own-attributes.ts";

interface ServedMessage {
  readonly request: unknown;
  readonly response: unknown;
  readonly server: unknown;
}

/** Reports the requests to servers of `node:http` in Bun, which publishes none. */
export function watchNodeServers(
  recording: Recording<unknown>,
  begun: (message: ServedMessage) => void,
  finished: (message: { readonly response: unknown; readonly socket: unknown }) => void,
): void {
  if (!isBun) return;
  recording.before(Server.prototype, "emit", (server, event, request, response) => {
    if (event !== "request" || !isResponse(response)) return;
    begun({ request, response, server });
    const socket = fieldOf(request, "socket");
    makeRoom(response);
    response.once("finish", () => recording.safely(() => finished({ response, socket })));
  });
}

function isResponse(value: unknown): value is ServerResponse {
  return isObject(value) && "statusCode" in value;
}

/** Counts and times the calls of `fetch`, which is not undici's here. A call lasts until the response begins. */
export function watchFetch(
  recording: Recording<unknown>,
  counts: ClientRequests,
  durations: ClientDurations | undefined,
  own: OwnAttributes | undefined,
): void {
  if (!isOtherRuntime) return;
  const describe = (key: object, input: unknown, init: unknown, response: unknown): void => {
    if (own !== undefined) recording.safely(() => own.once(key, response, webRequest(input, init)));
  };
  const restore = replaceMethod(globalThis, "fetch", (call, [input, init]) => {
    const request = recording.safely(() => fetchRequest(input, init));
    if (request === undefined) return call();
    recording.safely(() => {
      counts.begun(request);
      durations?.begun(request);
    });
    return recording.observed(call(), {
      fulfilled: (response) => {
        describe(request, input, init, response);
        const answer = { statusCode: fieldOf(response, "status") };
        counts.answered(request, answer);
        durations?.headers(request, answer);
        durations?.ended(request);
      },
      rejected: (error) => {
        describe(request, input, init, undefined);
        counts.failed(request, error);
        durations?.failed(request, error);
      },
    });
  });
  if (restore !== undefined) recording.onEnd(restore);
}

// Without the body, which can be read only once.
function webRequest(input: unknown, init: unknown): object {
  const { method, headers } = { method: fieldOf(input, "method"), ...Object(init) };
  return new Request(input instanceof Request ? input.url : String(input), {
    method,
    headers: headers ?? fieldOf(input, "headers"),
  });
}

// The fields of a request of undici that are read; `undefined` if `fetch` makes no request of HTTP.
function fetchRequest(
  input: unknown,
  init: unknown,
): { readonly method: string; readonly origin: string } | undefined {
  const url = String(fieldOf(input, "url") ?? input);
  if (!URL.canParse(url)) return undefined;
  const { protocol, origin } = new URL(url);
  if (!["http:", "https:"].includes(protocol)) return undefined;
  const method = fieldOf(init, "method") ?? fieldOf(input, "method");
  return { method: typeof method === "string" ? method.toUpperCase() : "GET", origin };
}
