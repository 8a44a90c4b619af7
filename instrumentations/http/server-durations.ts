// The durations of requests served by the application.
import type { Attributes, Histogram } from "@opentelemetry/api";
import { IncomingMessage, ServerResponse } from "node:http";
import { nowMillis } from "../shared/clock.ts";
import { ABORTED, methodOf } from "./attributes.ts";
import { routeOf } from "./routes.ts";

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
  begun(request: unknown, response: unknown): void {
    if (!(request instanceof IncomingMessage) || !(response instanceof ServerResponse)) return;
    const startMillis = nowMillis();
    // Read now: the application may change it.
    const method = methodOf(request);
    response.on("close", () => {
      try {
        this.#histogram.record(
          (nowMillis() - startMillis) / 1000,
          attributesOf({ request, response, method, route: routeOf(request) }),
        );
      } catch (error) {
        this.#failed(error);
      }
    });
  }
}

interface Answered {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly method: string;
  readonly route: string | undefined;
}

function attributesOf({ request, response, method, route }: Answered): Attributes {
  const attributes: Attributes = {
    "http.request.method": method,
    "url.scheme": "encrypted" in request.socket && request.socket.encrypted === true ? "https" : "http",
    "network.protocol.version": request.httpVersion,
  };
  if (route !== undefined) attributes["http.route"] = route;
  const { statusCode } = response;
  if (response.headersSent && statusCode <= 599) attributes["http.response.status_code"] = statusCode;
  if (!response.writableFinished) attributes["error.type"] = ABORTED;
  else if (statusCode >= 500) attributes["error.type"] = String(statusCode);
  return attributes;
}
