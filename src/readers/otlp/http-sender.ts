// One OTLP request over HTTP, and what came of it.
import type { Agent } from "node:http";
import { exchange } from "../../io/http/exchange.ts";
import { inTime } from "../export-in-time.ts";
import type { Attempt, Failed } from "./attempt.ts";
import type { HttpTarget } from "./http-target.ts";
import { unpack, unreadable } from "./packed.ts";
import { attemptFrom } from "./response.ts";

const OWN_HEADERS: ReadonlySet<string> = new Set(["Content-Type", "User-Agent"]);

/** Sends requests to one target, one after the other, over a connection that is kept. */
export class HttpSender {
  readonly #target: HttpTarget;
  #agent: Promise<Agent> | undefined;

  constructor(target: HttpTarget) {
    this.#target = target;
  }

  /** Sends one packed request. Never rejects; follows no redirect. */
  async send(packed: Uint8Array, signal: AbortSignal): Promise<Attempt> {
    const { url, headers, isCompressed, timeoutMillis } = this.#target;
    const body = isCompressed ? packed : await unpack(packed).catch(unreadable);
    if ("kind" in body) return body;
    try {
      const agent = await (this.#agent ??= this.#target.agent());
      // The application's function, which may never answer.
      const given = await inTime(headers(), timeoutMillis / 1_000);
      const all = { ...given, ...(isCompressed && { "Content-Encoding": "gzip" }) };
      const answer = await exchange({ url, headers: all, body, agent, timeoutMillis, signal });
      return attemptFrom(answer, Date.now(), secretsOf(given));
    } catch (error) {
      return failedBy(error);
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
}

// A receiver may echo what it was sent.
function secretsOf(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flatMap(([name, value]) => (OWN_HEADERS.has(name) ? [] : [value]));
}

function failedBy(error: unknown): Failed {
  if (!(error instanceof Error)) return { kind: "failed", errorType: "_OTHER", message: String(error) };
  const code: unknown = Reflect.get(error, "code");
  const errorType = typeof code === "string" ? code : error.name;
  // Where a name has several addresses, what failed is in a list.
  const message = error.message === "" ? errorType : error.message;
  return { kind: "failed", errorType, message };
}
