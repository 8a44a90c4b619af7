// One HTTP request over a connection of its own, timed phase by phase by the events of its socket.
import { ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import type { Socket } from "node:net";
import { asInternalTraffic, markInternal } from "../../io/http/internal-traffic.ts";
import type { ProbeOptions } from "./tcp-probe.ts";

/** The phases of a request, in their order. */
export type HttpPhase = "dns" | "connect" | "tls" | "first_byte";

/** What came of a request, in seconds. */
export interface HttpTimes {
  readonly status: number;
  /** Missing are those that did not take place: `dns` for an address, `tls` for `http:`. */
  readonly phases: Readonly<Partial<Record<HttpPhase, number>>>;
  /** Until the answer had come as a whole, or its first mebibyte. */
  readonly total: number;
}

// What is more is not read: the time it takes tells of its size.
const MAX_BODY_BYTES = 1024 * 1024;

/** Sends a GET; `undefined` where no answer came within the time. Follows no redirect. Never rejects. */
export function httpProbe(url: URL, options: ProbeOptions): Promise<HttpTimes | undefined> {
  return asInternalTraffic(() => probe(url, options));
}

function probe(url: URL, { timeoutSeconds, holdsProcess }: ProbeOptions): Promise<HttpTimes | undefined> {
  return new Promise((resolve) => {
    const times = new PhaseTimes();
    const request = markInternal(requestTo(url));
    const timer = setTimeout(() => end(undefined), timeoutSeconds * 1_000);
    const end = (answer: HttpTimes | undefined): void => {
      clearTimeout(timer);
      request.destroy();
      resolve(answer);
    };
    if (!holdsProcess) timer.unref();
    request.on("error", () => end(undefined));
    request.once("socket", (socket: Socket) => {
      if (!holdsProcess) socket.unref();
      socket.once("lookup", () => times.end("dns"));
      socket.once("connect", () => times.end("connect"));
      socket.once("secureConnect", () => times.end("tls"));
    });
    request.once("response", (response: IncomingMessage) => {
      times.end("first_byte");
      readSome(response, () => end(times.answer(response.statusCode ?? 0)));
    });
    // Without a listener the connection is closed, and nobody is told.
    request.once("upgrade", (response: IncomingMessage) => {
      times.end("first_byte");
      end(times.answer(response.statusCode ?? 0));
    });
    request.end();
  });
}

class PhaseTimes {
  readonly #startMillis = performance.now();
  readonly #phases: Partial<Record<HttpPhase, number>> = {};
  #lastMillis = this.#startMillis;

  end(phase: HttpPhase): void {
    const now = performance.now();
    this.#phases[phase] = (now - this.#lastMillis) / 1_000;
    this.#lastMillis = now;
  }

  answer(status: number): HttpTimes {
    return { status, phases: this.#phases, total: (performance.now() - this.#startMillis) / 1_000 };
  }
}

function requestTo(url: URL): ClientRequest {
  const options: RequestOptions = {
    method: "GET",
    headers: { "user-agent": "tachymeter", connection: "close" },
    agent: url.protocol === "https:" ? new HttpsAgent() : false,
  };
  // Not `http.request`, which instrumentations patch. Takes what that takes, which its type does not say.
  return Reflect.construct(ClientRequest, [url, options]);
}

function readSome(response: IncomingMessage, onEnd: () => void): void {
  let bytes = 0;
  response.on("data", (chunk: Uint8Array) => {
    bytes += chunk.byteLength;
    if (bytes >= MAX_BODY_BYTES) onEnd();
  });
  response.once("end", onEnd);
  // The status and the first byte came, whatever became of the rest.
  response.once("error", onEnd);
  response.once("aborted", onEnd);
}
