import { errorMessage } from "../../diagnostics/error-message.ts";
import { Agent } from "node:http";
import { Agent as SecureAgent } from "node:https";
import { showUrl } from "../../diagnostics/show.ts";
import { exchange, type HttpAnswer } from "../../io/http/exchange.ts";

export const TIMEOUT_MILLIS = 10_000;

/** The document did not reach its URL, or was not accepted there. */
export class PostError extends Error {
  override readonly name = "PostError";
  readonly code = "TACHYMETER_POST";
}

/**
 * Sends a JSON text, in pieces, by POST, and awaits that it is accepted, for at most 10 s and until `signal` is aborted.
 * Follows no redirect: the user did not configure its target.
 *
 * @throws PostError by the promise.
 */
export async function postDocument(
  url: string,
  document: readonly Uint8Array[],
  signal: AbortSignal,
): Promise<void> {
  const { status } = await answerTo(new URL(url), document, signal);
  if (status < 200 || status >= 300)
    throw new PostError(`json reader "${showUrl(url)}": the server answered ${status}; see its log`);
}

async function answerTo(url: URL, body: readonly Uint8Array[], signal: AbortSignal): Promise<HttpAnswer> {
  try {
    return await exchange({
      url,
      headers: { "Content-Type": "application/json" },
      body,
      // Documents are a minute apart: no server keeps a connection that long.
      agent: url.protocol === "https:" ? new SecureAgent() : new Agent(),
      timeoutMillis: TIMEOUT_MILLIS,
      signal,
    });
  } catch (cause) {
    throw new PostError(
      `json reader "${showUrl(url)}": no answer (${errorMessage(cause)}); see whether a server listens there`,
      { cause },
    );
  }
}
