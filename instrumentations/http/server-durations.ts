// The durations of requests served by the application.
import type { Attributes, Histogram } from "@opentelemetry/api";
import { IncomingMessage, ServerResponse } from "node:http";
import { nowMillis } from "../shared/clock.ts";
import { ABORTED } from "./attributes.ts";
import type { ActiveRequest } from "./requests.ts";
import { routeOf, type Routing, routingOf } from "./routes.ts";

/** Records `http.server.request.duration`, from a request's headers to the end of its response or its connection. */
export class ServerDurations {
  readonly #histogram: Histogram;
  readonly #failed: (error: unknown) => void;

  /** @param failed called with errors thrown while recording. */
  constructor(histogram: Histogram, failed: (error: unknown) => void) {
    this.#histogram = histogram;
    this.#failed = failed;
  }

  /**
   * Starts the time of `request`. It is recorded once `response` closes, which also happens if the client
   * disconnects.
   */
  begun(active: ActiveRequest, request: object, response: object): void {
    if (!(request instanceof IncomingMessage) || !(response instanceof ServerResponse)) return;
    const startMillis = nowMillis();
    // Read now: the application may change the request, and Express slows down each access (see `routingOf`).
    const { httpVersion, socket } = request;
    const isEncrypted = "encrypted" in socket && socket.encrypted === true;
    const served: Served = { active, response, httpVersion, isEncrypted, routing: routingOf(request) };
    response.on("close", () => {
      try {
        this.#histogram.record((nowMillis() - startMillis) / 1000, attributesOf(served));
      } catch (error) {
        this.#failed(error);
      }
    });
  }
}

interface Served {
  readonly active: ActiveRequest;
  readonly response: ServerResponse;
  readonly httpVersion: string;
  readonly isEncrypted: boolean;
  readonly routing: Routing;
}

function attributesOf({ active, response, httpVersion, isEncrypted, routing }: Served): Attributes {
  const attributes: Attributes = {
    "http.request.method": active.method,
    "url.scheme": isEncrypted ? "https" : "http",
    "network.protocol.version": httpVersion,
  };
  const route = routeOf(routing);
  if (route !== undefined) attributes["http.route"] = route;
  // An unfinished response alone is read.
  const isFinished = active.statusCode !== undefined;
  const statusCode = active.statusCode ?? response.statusCode;
  if ((isFinished || response.headersSent) && statusCode <= 599)
    attributes["http.response.status_code"] = statusCode;
  if (!isFinished && !response.writableFinished) attributes["error.type"] = ABORTED;
  else if (statusCode >= 500) attributes["error.type"] = String(statusCode);
  return attributes;
}
