// One OTLP request over HTTP, and what came of it.
import { type Agent, ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import { request as requestByHttps } from "node:https";
import { context } from "@opentelemetry/api";
import { suppressTracing } from "@opentelemetry/core";
import type { Attempt, Failed } from "./attempt.ts";
import type { HttpTarget } from "./http-target.ts";
import { unpack, unreadable } from "./packed.ts";
import { attemptFrom, type HttpAnswer } from "./response.ts";

// What is more than an answer of OTLP's is not read.
const MAX_ANSWER_BYTES = 64 * 1024;

/** Sends requests to one target, one after the other, over a connection that is kept. */
export class HttpSender {
  readonly #target: HttpTarget;
  #agent: Promise<Agent> | undefined;

  constructor(target: HttpTarget) {
    this.#target = target;
  }

  /** Sends one packed request. Never rejects; follows no redirect. */
  async send(packed: Uint8Array, signal: AbortSignal): Promise<Attempt> {
    const { headers, isCompressed } = this.#target;
    const bytes = isCompressed ? packed : await unpack(packed).catch(unreadable);
    if ("kind" in bytes) return bytes;
    try {
      const agent = await (this.#agent ??= this.#target.agent());
      const options: RequestOptions = {
        method: "POST",
        agent,
        headers: {
          ...(await headers()),
          "Content-Length": bytes.byteLength,
          ...(isCompressed && { "Content-Encoding": "gzip" }),
        },
      };
      return attemptFrom(await this.#exchangeOnLiveConnection(options, bytes, signal), Date.now());
    } catch (error) {
      return failedBy(error);
    }
  }

  // A server may close a connection that was kept, just when it is used again: that says nothing of the server.
  async #exchangeOnLiveConnection(
    options: RequestOptions,
    bytes: Uint8Array,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    try {
      return await this.#exchange(options, bytes, signal);
    } catch (error) {
      if (!(error instanceof StaleConnectionError)) throw error;
      return this.#exchange(options, bytes, signal);
    }
  }

  /** Closes the connections that are kept. */
  close(): void {
    if (!this.#target.isOwnAgent) return;
    this.#agent?.then(
      (agent) => agent.destroy(),
      () => {},
    );
  }

  #exchange(options: RequestOptions, bytes: Uint8Array, signal: AbortSignal): Promise<HttpAnswer> {
    const { timeoutMillis } = this.#target;
    return new Promise((resolve, reject) => {
      const request = this.#request(options);
      const end = (error: Error): void => void request.destroy(error);
      const timer = setTimeout(() => {
        end(new RequestTimeoutError(`no answer within ${timeoutMillis / 1_000} s`));
      }, timeoutMillis).unref();
      const abort = (): void => end(new RequestAbortedError("given up, since the exporter ends"));
      signal.addEventListener("abort", abort, { once: true });
      if (signal.aborted) abort();
      request.on("close", () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", abort);
      });
      // After the answer has begun it is the answer's own end that counts.
      let hasAnswer = false;
      request.on("error", (error) => {
        if (!hasAnswer) reject(isStale(request, error) ? new StaleConnectionError(error.message) : error);
      });
      request.on("response", (response) => {
        hasAnswer = true;
        answerFrom(response, resolve);
      });
      // A request under way keeps no program alive: whoever wants to wait for it flushes.
      request.on("socket", (socket) => void socket.unref());
      request.end(bytes);
    });
  }

  // Instrumentations of HTTP patch the functions that make requests: this one is not the application's. An agent that
  // takes its protocol from who calls it, as those for proxies do, has to be called by `https`.
  #request(options: RequestOptions): ClientRequest {
    const { url } = this.#target;
    const isForeignAgent = Reflect.get(Object(options.agent), "protocol") !== url.protocol;
    return context.with(suppressTracing(context.active()), () =>
      isForeignAgent && url.protocol === "https:"
        ? requestByHttps(url, options)
        : // Takes what `http.request` takes, which its type does not say.
          Reflect.construct(ClientRequest, [url, options]),
    );
  }
}

// The status decides; a body that breaks off, or goes on for too long, changes nothing.
function answerFrom(response: IncomingMessage, resolve: (answer: HttpAnswer) => void): void {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const end = (): void => {
    resolve({
      status: response.statusCode ?? 0,
      retryAfter: response.headers["retry-after"],
      contentType: response.headers["content-type"] ?? "",
      body: Buffer.concat(chunks),
    });
  };
  response.on("data", (chunk: Uint8Array) => {
    length += chunk.byteLength;
    if (length <= MAX_ANSWER_BYTES) chunks.push(chunk);
    else response.destroy();
  });
  for (const event of ["end", "error", "close"]) response.on(event, end);
}

class RequestTimeoutError extends Error {
  override readonly name = "timeout";
}

class RequestAbortedError extends Error {
  override readonly name = "aborted";
}

class StaleConnectionError extends Error {
  override readonly name = "ECONNRESET";
}

function isStale(request: ClientRequest, error: NodeJS.ErrnoException): boolean {
  return request.reusedSocket && (error.code === "ECONNRESET" || error.code === "EPIPE");
}

function failedBy(error: unknown): Failed {
  if (!(error instanceof Error)) return { kind: "failed", errorType: "_OTHER", message: String(error) };
  const code: unknown = Reflect.get(error, "code");
  const errorType = typeof code === "string" ? code : error.name;
  // Where a name has several addresses, what failed is in a list.
  const message = error.message === "" ? errorType : error.message;
  return { kind: "failed", errorType, message };
}
