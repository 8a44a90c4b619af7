// The durations of the application's own requests.
import type { Attributes, Histogram } from "@opentelemetry/api";
import { ClientRequest, IncomingMessage } from "node:http";
import { makeRoom } from "../../src/io/process-events.ts";
import { attached } from "../shared/attached.ts";
import { nowMillis } from "../shared/clock.ts";
import { fieldOf } from "../shared/fields.ts";
import { ABORTED, knownMethods, methodOf, requestErrorType } from "./attributes.ts";
import { type RequestedServer, RequestedServers } from "../shared/requested-servers.ts";

interface Started {
  readonly startMillis: number;
  readonly method: string;
  statusCode: number | undefined;
  httpVersion: string | undefined;
  response: unknown;
}

interface Ended {
  readonly server: RequestedServer;
  /** The `error.type`, if the request failed. */
  readonly failure?: string | undefined;
}

/**
 * Records `http.client.request.duration`, from the start of a request to the end of its response or to its failure.
 */
export class ClientDurations {
  readonly #histogram: Histogram;
  readonly #failed: (error: unknown) => void;
  readonly #knownMethods = knownMethods();
  readonly #servers = new RequestedServers();
  readonly #started = attached<Started | undefined>();

  /** @param failed called with errors thrown while recording. */
  constructor(histogram: Histogram, failed: (error: unknown) => void) {
    this.#histogram = histogram;
    this.#failed = failed;
  }

  /** Starts the time of `request`. */
  begun(request: object): void {
    this.#started.set(request, {
      startMillis: nowMillis(),
      method: methodOf(request, this.#knownMethods),
      statusCode: undefined,
      httpVersion: undefined,
      response: undefined,
    });
  }

  /**
   * Notes the start of the response to a request of `node:http`. The request is recorded once the response closes, or once the
   * request does, without listeners of the response.
   */
  answered(request: object, response: unknown): void {
    const started = this.#taken(request);
    if (started === undefined || !(response instanceof IncomingMessage)) return;
    // Read now, since the remote address of the socket is not available later.
    const server = this.#servers.of(request);
    started.statusCode = response.statusCode;
    started.response = response;
    let isRecorded = false;
    const onClose = (): void => {
      if (isRecorded) return;
      isRecorded = true;
      try {
        const { complete, errored } = response;
        started.httpVersion = response.httpVersion;
        const failure = errored === null ? ABORTED : requestErrorType(errored);
        this.#record(request, started, { server, failure: complete ? undefined : failure });
      } catch (error) {
        this.#failed(error);
      }
    };
    makeRoom(response);
    response.on("close", onClose);
    if (!(request instanceof ClientRequest)) return;
    makeRoom(request);
    // The application may remove the listeners of the response.
    request.on("close", () => response.listeners("close").includes(onClose) || onClose());
  }

  /** Notes the start of the response to a request of undici or `node:http2`. `httpVersion` is `undefined` if it is unknown. */
  headers(request: object, response: unknown, httpVersion?: string): void {
    const started = this.#started.get(request);
    const statusCode = fieldOf(response, "statusCode");
    if (started === undefined || typeof statusCode !== "number") return;
    started.statusCode = statusCode;
    started.httpVersion = httpVersion;
    started.response = response;
  }

  /** Records such a request whose response has ended. */
  ended(request: object): void {
    const started = this.#taken(request);
    if (started !== undefined) this.#record(request, started, { server: this.#servers.of(request) });
  }

  /** Records a request that failed, or whose response was interrupted. */
  failed(request: object, error: unknown): void {
    const started = this.#taken(request);
    if (started === undefined) return;
    const server = this.#servers.of(request, fieldOf(error, "port"));
    this.#record(request, started, { server, failure: requestErrorType(error) });
  }

  #taken(request: object): Started | undefined {
    const started = this.#started.get(request);
    this.#started.set(request, undefined);
    return started;
  }

  #record(request: object, started: Started, { server, failure }: Ended): void {
    const { startMillis, method, statusCode, httpVersion } = started;
    const attributes: Attributes = { "http.request.method": method, "server.address": server.address };
    if (server.port !== undefined) attributes["server.port"] = server.port;
    if (httpVersion !== undefined) attributes["network.protocol.version"] = httpVersion;
    if (statusCode !== undefined && statusCode <= 599) attributes["http.response.status_code"] = statusCode;
    if (failure !== undefined) attributes["error.type"] = failure;
    else if (statusCode !== undefined && statusCode >= 400) attributes["error.type"] = String(statusCode);
    this.record((nowMillis() - startMillis) / 1000, attributes, request, started.response);
  }

  /** Records a duration. The last two arguments are for subclasses. */
  protected record(seconds: number, attributes: Attributes, _request: object, _response: unknown): void {
    this.#histogram.record(seconds, attributes);
  }
}
