// The application's own requests from their start to their response.
import type { Attributes, Counter, ObservableResult } from "@opentelemetry/api";
import { ClientRequest } from "node:http";
import { type BoundCounter, boundCounter } from "../../src/recording/bind.ts";
import { attached } from "../shared/attached.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { ActiveRequests } from "./active-requests.ts";
import { type RequestedServer, RequestedServers } from "../shared/requested-servers.ts";
import { ABORTED, knownMethods, methodOf, requestErrorType } from "./attributes.ts";

const FIRST_LOOK = 1_000;

/** Counts the requests of the application, and the active ones. */
export class ClientRequests {
  readonly #counter: Counter;
  // The method of each active request.
  readonly #active: Map<object, string>;
  readonly #activeRequests = new ActiveRequests();
  readonly #knownMethods = knownMethods();
  readonly #servers = new RequestedServers();
  // Attributes of active requests, by server and method.
  readonly #attributes = new Map<RequestedServer, Map<string, Attributes>>();
  // Attributes with which a request was first observed. Its port may become known only with its connection. If the request
  // moved to another series then, the first one would remain, with 0.
  readonly #observed = attached<Attributes>();
  readonly #answered = new Map<string, Map<number, BoundCounter>>();
  // No event reports each request that was given up. Such requests are searched at each collection, and whenever their
  // number has doubled.
  #nextLook = FIRST_LOOK;

  /** @param active active requests with their methods. Those of an earlier recording may have ended. */
  constructor(counter: Counter, active: Map<object, string> = new Map()) {
    this.#counter = counter;
    this.#active = active;
    for (const request of active.keys()) if (isOver(request) || isAnswered(request)) active.delete(request);
  }

  begun(request: object): void {
    this.#active.set(request, methodOf(request, this.#knownMethods));
    if (this.#active.size >= this.#nextLook) this.#forgetLost();
  }

  /** Counts `request` with its response. */
  answered(request: object, response: unknown): void {
    const given = fieldOf(response, "statusCode");
    const status = typeof given === "number" && given >= 100 && given <= 599 ? given : 0;
    // An informational response, which is followed by another one.
    if (status >= 100 && status < 200 && status !== 101) return;
    const method = this.#taken(request);
    if (method === undefined) return;
    if (this.#observed.get(request) === undefined) this.#attributesOf(request, method);
    this.count(method, status, request, response);
  }

  /** Counts `request`, which failed without a response. */
  failed(request: object, error: unknown): void {
    const method = this.#taken(request);
    if (method === undefined) return;
    this.countFailed({ "http.request.method": method, "error.type": requestErrorType(error) }, request);
  }

  /** Counts a response. A status of 0 is unknown. The last two arguments are for subclasses. */
  protected count(method: string, status: number, _request: object, _response: unknown): void {
    this.#answers(method, status).add(1);
  }

  /** Counts a request without a response. The last argument is for subclasses. */
  protected countFailed(attributes: Attributes, _request: object): void {
    this.#counter.add(1, attributes);
  }

  /** Observes the number of active requests by method and server. */
  observe(result: ObservableResult): void {
    this.#forgetLost();
    this.#activeRequests.observe(
      result,
      Array.from(this.#active, ([request, method]) => this.#observedAttributes(request, method)),
    );
  }

  #observedAttributes(request: object, method: string): Attributes {
    const known = this.#observed.get(request);
    if (known !== undefined) return known;
    const attributes = this.#attributesOf(request, method);
    this.#observed.set(request, attributes);
    return attributes;
  }

  // The first request of a method to a server adds their series.
  #attributesOf(request: object, method: string): Attributes {
    const server = this.#servers.of(request);
    let byMethod = this.#attributes.get(server);
    if (byMethod === undefined) this.#attributes.set(server, (byMethod = new Map()));
    let attributes = byMethod.get(method);
    if (attributes === undefined) {
      const { address, port } = server;
      attributes = {
        "http.request.method": method,
        "server.address": address,
        ...(port !== undefined && { "server.port": port }),
      };
      byMethod.set(method, attributes);
      this.#activeRequests.add(attributes);
    }
    return attributes;
  }

  #taken(request: object): string | undefined {
    const method = this.#active.get(request);
    this.#active.delete(request);
    return method;
  }

  #forgetLost(): void {
    for (const [request, method] of this.#active) {
      if (!isOver(request)) continue;
      this.#active.delete(request);
      // The application may have set the header for an upgrade after the start.
      if (leavesHttp(request)) continue;
      this.countFailed({ "http.request.method": method, "error.type": ABORTED }, request);
    }
    this.#nextLook = Math.max(FIRST_LOOK, 2 * this.#active.size);
  }

  #answers(method: string, status: number): BoundCounter {
    let byStatus = this.#answered.get(method);
    if (byStatus === undefined) this.#answered.set(method, (byStatus = new Map()));
    let handle = byStatus.get(status);
    if (handle === undefined) {
      handle = boundCounter(this.#counter, answeredAttributes(method, status));
      byStatus.set(status, handle);
    }
    return handle;
  }
}

/** Attributes of a counted response. A status of 0 is unknown. */
export function answeredAttributes(method: string, status: number): Attributes {
  const attributes = { "http.request.method": method };
  return status === 0 ? attributes : { ...attributes, "http.response.status_code": status };
}

/** Whether a request asks for a WebSocket or a tunnel: neither Node.js nor undici publishes the response. */
export function leavesHttp(request: object): boolean {
  if (fieldOf(request, "method") === "CONNECT") return true;
  if (request instanceof ClientRequest) return request.hasHeader("upgrade");
  return typeof fieldOf(request, "upgrade") === "string";
}

// Whether a request of Node.js has its response.
function isAnswered(request: object): boolean {
  return isObject(fieldOf(request, "res"));
}

// Requests of Node.js are closed, also after a lost connection; those of undici are completed or aborted.
function isOver(request: object): boolean {
  return ["closed", "completed", "aborted"].some((field) => fieldOf(request, field) === true);
}
