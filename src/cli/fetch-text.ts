import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { exchange } from "../io/http/exchange.ts";
import { throughProxy } from "../io/http/proxy.ts";
import { authorizationFor } from "./credentials.ts";

/** A response, with its whole text. */
export interface TextAnswer {
  readonly status: number;
  readonly isOk: boolean;
  readonly contentType: string;
  readonly text: string;
}

/**
 * Fetches a document of an application by the URL of its endpoint or of its metrics, with its {@link authorizationFor credentials}.
 * `path` begins with a slash. Otherwise like {@link fetchText}.
 */
export function fetchBeside(
  endpoint: URL,
  path: string,
  timeoutMillis: number,
  signal?: AbortSignal,
): Promise<TextAnswer> {
  const url = new URL(`${endpoint.pathname.replace(/\/(?:metrics)?$/, "")}${path}`, endpoint.origin);
  return fetchText(url, authorizationFor(endpoint), timeoutMillis, signal);
}

// More than 100,000 series.
const MAX_BYTES = 64 * 1_024 * 1_024;

/**
 * Fetches a text of at most 64 MiB, perhaps through a proxy. Follows no redirect, since another host would get the
 * credentials.
 *
 * @throws Error if there is no response in time, or a longer one.
 */
export async function fetchText(
  url: URL,
  headers: Readonly<Record<string, string>>,
  timeoutMillis: number,
  signal?: AbortSignal,
): Promise<TextAnswer> {
  signal?.throwIfAborted();
  const { status, contentType, body, isComplete, isTooLong } = await exchange({
    method: "GET",
    url,
    headers,
    body: [],
    agent: throughProxy(url.protocol === "https:" ? new SecureAgent() : new Agent(), url),
    timeoutMillis,
    signal,
    maxAnswerBytes: MAX_BYTES,
    isAwaited: true,
  });
  if (isTooLong) throw new Error(`the response has more than ${MAX_BYTES} bytes`);
  if (!isComplete) throw new Error("the connection ended within the response");
  return { status, isOk: status >= 200 && status < 300, contentType, text: Buffer.from(body).toString() };
}
