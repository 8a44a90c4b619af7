// One request over HTTP and its answer, not measured as the application's.
import { type Agent, ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as requestByHttps } from "node:https";
import { asInternalTraffic, markInternal } from "./internal-traffic.ts";

// More than what a receiver of metrics has to say is not read.
const MAX_ANSWER_BYTES = 64 * 1024;

export interface HttpRequest {
  /** @defaultValue "POST" */
  readonly method?: "GET" | "POST";
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Whole, or in pieces. */
  readonly body: Uint8Array | readonly Uint8Array[];
  readonly agent: Agent;
  /** Of the whole, connecting included. */
  readonly timeoutMillis: number;
  /** Ends the request early. */
  readonly signal?: AbortSignal | undefined;
  /** How much of an answer is read. @defaultValue 64 KiB */
  readonly maxAnswerBytes?: number;
  /** Whether the request keeps the program alive. @defaultValue false */
  readonly isAwaited?: boolean;
}

/** An answer as it came. */
export interface HttpAnswer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  readonly contentType: string;
  /** The beginning of the body, as far as it was read. */
  readonly body: Uint8Array;
  /** Whether that is the whole body. */
  readonly isComplete: boolean;
}

/** Sends a request and resolves to the answer, of any status; follows no redirect. Rejects if there is none. */
export async function exchange(request: HttpRequest): Promise<HttpAnswer> {
  try {
    return await exchangeOnce(request);
  } catch (error) {
    // A server may close a connection that was kept, just when it is used again: that says nothing of the server.
    if (!(error instanceof RequestError && error.isRetriable)) throw error;
    return exchangeOnce(request);
  }
}

function exchangeOnce(settings: HttpRequest): Promise<HttpAnswer> {
  const { timeoutMillis, signal, maxAnswerBytes = MAX_ANSWER_BYTES, isAwaited = false } = settings;
  return new Promise((resolve, reject) => {
    const request = markInternal(unmeasuredRequest(settings));
    const end = (error: Error): void => void request.destroy(error);
    const timer = setTimeout(() => {
      end(new RequestError("timeout", `no answer within ${timeoutMillis / 1_000} s`));
    }, timeoutMillis).unref();
    const abort = (): void => end(new RequestError("aborted", "given up, since the exporter ends"));
    signal?.addEventListener("abort", abort, { once: true });
    if (signal?.aborted === true) abort();
    request.on("close", () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
      // Without an error if the server would go on in another protocol. Changes nothing if there is an answer.
      if (!hasAnswer) reject(new RequestError("ECONNRESET", "the connection ended without an answer"));
    });
    // After the answer has begun it is the answer's own end that counts.
    let hasAnswer = false;
    request.on("error", (error) => {
      if (!hasAnswer)
        reject(isStale(request, error) ? new RequestError("ECONNRESET", error.message, true) : error);
    });
    request.on("response", (response) => {
      hasAnswer = true;
      answerFrom(response, maxAnswerBytes, resolve);
    });
    // A socket that was kept from a request before is as that one left it.
    request.on("socket", (socket) => void (isAwaited ? socket.ref() : socket.unref()));
    request.cork();
    for (const piece of piecesOf(settings)) request.write(piece);
    request.end();
  });
}

// Instrumentations of HTTP patch the functions that make requests: this one is not the application's. An agent that
// takes its protocol from who calls it, as those for proxies do, has to be called by `https`.
function unmeasuredRequest(settings: HttpRequest): ClientRequest {
  const { method = "POST", url, headers, agent } = settings;
  const length = piecesOf(settings).reduce((sum, { byteLength }) => sum + byteLength, 0);
  const options: RequestOptions = {
    method,
    agent,
    headers: { ...headers, "Content-Length": length },
  };
  const isForeignAgent = Reflect.get(Object(agent), "protocol") !== url.protocol;
  return asInternalTraffic(() =>
    isForeignAgent && url.protocol === "https:"
      ? requestByHttps(url, options)
      : // Takes what `http.request` takes, which its type does not say.
        Reflect.construct(ClientRequest, [url, options]),
  );
}

function piecesOf({ body }: HttpRequest): readonly Uint8Array[] {
  return body instanceof Uint8Array ? [body] : body;
}

// The status decides; a body that breaks off, or goes on for too long, changes nothing.
function answerFrom(
  response: IncomingMessage,
  maxBytes: number,
  resolve: (answer: HttpAnswer) => void,
): void {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const end = (): void => {
    resolve({
      status: response.statusCode ?? 0,
      retryAfter: response.headers["retry-after"],
      contentType: response.headers["content-type"] ?? "",
      body: Buffer.concat(chunks),
      isComplete: response.complete && length <= maxBytes,
    });
  };
  response.on("data", (chunk: Uint8Array) => {
    length += chunk.byteLength;
    if (length <= maxBytes) chunks.push(chunk);
    else response.destroy();
  });
  for (const event of ["end", "error", "close"]) response.on(event, end);
}

/** No answer came; `name` says why. */
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
