// One HTTP request and its response, hidden from the application's instrumentations.
import { onAbort } from "../abort.ts";
import {
  type Agent,
  ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from "node:http";
import { asInternalTraffic, markInternal } from "./internal-traffic.ts";
import { forwardingOptions, type Opening, refusalOf } from "./proxied-agent.ts";
import { shownProxy } from "./proxy.ts";

// The rest of a longer response is not read.
const MAX_ANSWER_BYTES = 64 * 1024;

export interface HttpRequest {
  /** @defaultValue "POST" */
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Whole, or in pieces. */
  readonly body: Uint8Array | readonly Uint8Array[];
  readonly agent: Agent;
  /** For the whole exchange, connecting included. */
  readonly timeoutMillis: number;
  /** Ends the request early. */
  readonly signal?: AbortSignal | undefined;
  /** Maximum bytes of a response that are read. @defaultValue 64 KiB */
  readonly maxAnswerBytes?: number;
  /** Whether the request keeps the program alive. @defaultValue false */
  readonly isAwaited?: boolean;
}

/** A response. */
export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly contentType: string;
  /** All headers, by their names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** The part of the body that was read. */
  readonly body: Uint8Array;
  /** Whether that is the whole body. */
  readonly isComplete: boolean;
  /** Whether the body is longer than `maxAnswerBytes`. */
  readonly isTooLong: boolean;
}

/**
 * Sends a request and resolves to the response, of any status. Follows no redirect. Rejects if there is no response.
 */
export function exchange(request: HttpRequest): Promise<HttpAnswer> {
  const { maxAnswerBytes = MAX_ANSWER_BYTES } = request;
  return attempted(request, (response, resolve) => answerFrom(response, maxAnswerBytes, resolve));
}

/**
 * As {@link exchange}, but resolves once the response begins, for which alone `timeoutMillis` holds. The caller reads its body, until
 * `signal` ends it.
 */
export function opened(request: HttpRequest): Promise<IncomingMessage> {
  return attempted(request, (response, resolve, endTimer) => {
    endTimer();
    resolve(response);
  });
}

/** Takes a response that has begun. */
type Take<Result> = (
  response: IncomingMessage,
  resolve: (result: Result) => void,
  endTimer: () => void,
) => void;

async function attempted<Result>(request: HttpRequest, take: Take<Result>): Promise<Result> {
  try {
    return await attemptedOnce(request, take);
  } catch (error) {
    // A server may close a kept-alive connection just when it is used again: not a failure of the server.
    if (error instanceof RequestError && error.isRetriable) return attemptedOnce(request, take);
    const proxy = shownProxy(request.agent);
    if (proxy !== undefined && error instanceof Error) error.message += ` (${proxy})`;
    throw error;
  }
}

function attemptedOnce<Result>(settings: HttpRequest, take: Take<Result>): Promise<Result> {
  const { timeoutMillis, signal, isAwaited = false } = settings;
  return new Promise((resolve, reject) => {
    const ended = new AbortController();
    const request = markInternal(unmeasuredRequest(settings, { ended: ended.signal, isAwaited }));
    const end = (error: Error): void => {
      request.destroy(error);
      // Without a socket yet, that alone would end nothing.
      ended.abort(error);
    };
    const timer = setTimeout(() => {
      end(new RequestError("timeout", `no response within ${timeoutMillis / 1_000} s`));
    }, timeoutMillis).unref();
    const abort = (): void => end(new RequestError("aborted", "aborted, since the exporter is shut down"));
    const stop = signal && onAbort(signal, abort);
    if (signal?.aborted === true) abort();
    request.on("close", () => {
      clearTimeout(timer);
      stop?.();
      // There is no "error" event if the server switches to another protocol.
      if (!hasAnswer) reject(new RequestError("ECONNRESET", "the connection ended without a response"));
    });
    // Once the response has begun, only its own end counts.
    let hasAnswer = false;
    request.on("error", (error) => {
      if (!hasAnswer)
        reject(isStale(request, error) ? new RequestError("ECONNRESET", error.message, true) : error);
    });
    request.on("response", (response) => {
      // Only proxies respond so.
      if (response.statusCode === 407) return end(refusalOf(407));
      hasAnswer = true;
      take(response, resolve, () => clearTimeout(timer));
    });
    // A reused socket is still in the state of its previous request.
    request.on("socket", (socket) => void (isAwaited ? socket.ref() : socket.unref()));
    request.cork();
    for (const piece of piecesOf(settings)) request.write(piece);
    request.end();
  });
}

// HTTP instrumentations patch `http.request`, so that function is bypassed. Some agents, such as those for proxies,
// take the protocol from the calling module; these need `https.request`. That module takes 1 MiB, so it is loaded here.
function unmeasuredRequest(settings: HttpRequest, opening: Opening): ClientRequest {
  const { method = "POST", url, headers, agent } = settings;
  const length = piecesOf(settings).reduce((sum, { byteLength }) => sum + byteLength, 0);
  const forwarding = forwardingOptions(agent, url);
  const options: RequestOptions & { readonly opening: Opening } = {
    ...forwarding,
    method,
    agent,
    headers: { ...headers, ...forwarding.headers, "Content-Length": length },
    opening,
  };
  const isForeignAgent = Reflect.get(Object(agent), "protocol") !== url.protocol;
  return asInternalTraffic(() =>
    isForeignAgent && url.protocol === "https:"
      ? process.getBuiltinModule("node:https").request(url, options)
      : // Takes the same arguments as `http.request`, though its type does not say so.
        Reflect.construct(ClientRequest, [url, options]),
  );
}

function piecesOf({ body }: HttpRequest): readonly Uint8Array[] {
  return body instanceof Uint8Array ? [body] : body;
}

// Resolves even if the body is cut off or too long: the status decides.
function answerFrom(
  response: IncomingMessage,
  maxBytes: number,
  resolve: (answer: HttpAnswer) => void,
): void {
  // One buffer: a server may send each byte as a chunk, and a chunk takes far more than its bytes.
  let body = Buffer.alloc(0);
  let length = 0;
  let isTooLong = false;
  const end = (): void => {
    resolve({
      status: response.statusCode ?? 0,
      retryAfter: response.headers["retry-after"],
      contentType: response.headers["content-type"] ?? "",
      headers: response.headers,
      body: body.subarray(0, length),
      isComplete: response.complete && !isTooLong,
      isTooLong,
    });
  };
  response.on("data", (chunk: Uint8Array) => {
    const needed = length + chunk.byteLength;
    if (isTooLong || needed > maxBytes) {
      isTooLong = true;
      response.destroy();
      return;
    }
    if (needed > body.length)
      body = Buffer.concat([body.subarray(0, length)], Math.min(maxBytes, Math.max(2 * length, needed)));
    body.set(chunk, length);
    length = needed;
  });
  for (const event of ["end", "error", "close"]) response.on(event, end);
}

/** The error of a request without a response; `name` is the reason. */
class RequestError extends Error {
  override readonly name: string;
  readonly isRetriable: boolean;

  constructor(name: string, message: string, retriable = false) {
    super(message);
    this.name = name;
    this.isRetriable = retriable;
  }
}

function isStale(request: ClientRequest, error: NodeJS.ErrnoException): boolean {
  return request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
}
