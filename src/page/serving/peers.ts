// Other instances, whose pages this server shows. The browser asks this server alone.
import { Agent } from "node:http";
import { Agent as TlsAgent } from "node:https";
import { pipeline } from "node:stream/promises";
import { errorMessage } from "../../diagnostics/error-message.ts";
import { exchange, type HttpRequest, opened } from "../../io/http/exchange.ts";
import { parsedJson } from "../../io/json.ts";
import { isObject } from "../../options/check.ts";
import { shortened } from "../charts/legend.ts";
import type { Peer } from "../protocol.ts";
import type { LocalPages } from "./local-pages.ts";
import { MAX_STATUS_BYTES, peerFrom } from "./peer.ts";
import { jsonAnswer, type PageAnswer, pageAnswer, type PageRequest, textAnswer } from "./page-answer.ts";

const TIMEOUT_MILLIS = 5_000;
const KEPT_MILLIS = 5_000;
const MAX_PROBLEM = 300;
const PASSED_ON = ["authorization", "cookie", "accept"] as const;
const TYPES = /^(?:application\/json|text\/event-stream)\b/;

/** Asks the other instances, with the credentials of this page's client. A session is valid if both have the same token or password. */
export class Peers {
  readonly #urls: readonly string[];
  readonly #agents = { "http:": new Agent({ keepAlive: true }), "https:": new TlsAgent({ keepAlive: true }) };
  readonly #local: LocalPages | undefined;
  #listed: { readonly atMillis: number; readonly json: Promise<Uint8Array> } | undefined;

  /** @param local pages of this machine; the browser goes to them itself. */
  constructor(urls: readonly string[], local: LocalPages | undefined) {
    this.#urls = urls;
    this.#local = local;
  }

  /** Number of instances. */
  get count(): number {
    return this.#urls.length + (this.#local?.count ?? 0);
  }

  /**
   * The state of each instance, as JSON: those of the options, by their numbers, then others of this machine. Asked at most each
   * 5 seconds.
   */
  async list(request: PageRequest): Promise<PageAnswer> {
    const now = performance.now();
    if (this.#listed === undefined || now - this.#listed.atMillis > KEPT_MILLIS) {
      const peers = Promise.all([
        Promise.all(this.#urls.map((url) => this.#peer(url, request))),
        this.#othersOfMachine(),
      ]);
      this.#listed = {
        atMillis: now,
        json: peers.then((lists) => Buffer.from(JSON.stringify(lists.flat()))),
      };
    }
    return jsonAnswer(200, await this.#listed.json);
  }

  /** The response of instance `index` to the same request. Never rejects. */
  async answer(index: string, request: PageRequest): Promise<PageAnswer> {
    const peer = this.#urls[Number(index)];
    if (peer === undefined) return textAnswer(404, "there is no such instance; see option page.peers");
    const { pathname, searchParams } = request.url;
    const parameters = new URLSearchParams(searchParams);
    parameters.delete("peer");
    try {
      const path = `${pathname.slice(1)}?${parameters.toString()}`;
      const response = await opened(this.#request(peer, path, request));
      const { statusCode: status = 502, headers } = response;
      const type = headers["content-type"] ?? "";
      if (status !== 200 || !TYPES.test(type)) {
        response.destroy();
        const wait = headers["retry-after"];
        return textAnswer(
          status === 503 ? 503 : 502,
          `${peer}: ${problemOf(status)}`,
          wait === undefined ? {} : { "retry-after": String(Number(wait) || 5) },
        );
      }
      const isStream = type.startsWith("text/event-stream");
      return pageAnswer(200, (to) => pipeline(response, to).catch(() => void to.destroy()), {
        "content-type": isStream ? "text/event-stream" : "application/json",
        ...(isStream && { "x-accel-buffering": "no" }),
      });
    } catch (error) {
      return textAnswer(502, shortened(`${peer}: ${errorMessage(error)}`, MAX_PROBLEM));
    }
  }

  async #othersOfMachine(): Promise<readonly Peer[]> {
    const origins = new Set(this.#urls.map((url) => new URL(url).origin));
    const pages = (await this.#local?.list()) ?? [];
    return pages.filter(({ url }) => !origins.has(new URL(url).origin));
  }

  async #peer(url: string, request: PageRequest): Promise<Peer> {
    try {
      const { status, body, isComplete } = await exchange({
        ...this.#request(url, "page/status", request),
        // Other clients wait for it, too.
        signal: undefined,
        maxAnswerBytes: MAX_STATUS_BYTES,
      });
      if (status !== 200) return { url, problem: problemOf(status) };
      const found: unknown = isComplete ? parsedJson(Buffer.from(body).toString()) : undefined;
      return isObject(found) ? peerFrom(url, found) : { url, problem: "it sent no status" };
    } catch (error) {
      return { url, problem: shortened(errorMessage(error), MAX_PROBLEM) };
    }
  }

  #request(peer: string, path: string, { header, signal }: PageRequest): HttpRequest {
    const url = new URL(path, peer.endsWith("/") ? peer : `${peer}/`);
    const given = PASSED_ON.map((name) => [name, header(name)] as const);
    return {
      method: "GET",
      url,
      headers: Object.fromEntries(
        given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
      ),
      body: [],
      agent: url.protocol === "https:" ? this.#agents["https:"] : this.#agents["http:"],
      timeoutMillis: TIMEOUT_MILLIS,
      signal,
    };
  }
}

function problemOf(status: number): string {
  if (status === 401 || status === 403) return "it asks for other credentials than this endpoint";
  if (status === 404) return "it has no live page; see option page";
  return `it responded with status ${status}`;
}
