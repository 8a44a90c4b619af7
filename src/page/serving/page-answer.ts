// Responses of the page, with the headers that a browser needs for its protection.
import type { Writable } from "node:stream";

/** A request to the page. */
export interface PageRequest {
  readonly method: string;
  readonly url: URL;
  /** Returns a header by its lower-case name. */
  readonly header: (name: string) => string | undefined;
  /** `anybody` is any client if authentication is off; `stranger` is not authenticated. */
  readonly client: "authenticated" | "anybody" | "stranger";
  /** Whether the connection is encrypted. */
  readonly isSecure: boolean;
  /** Aborts if the client disconnects. */
  readonly signal: AbortSignal;
  /** Reads the body; resolves to `undefined` if it is longer than `maxBytes`. */
  readonly body: (maxBytes: number) => Promise<string | undefined>;
}

/** A response of the page: its bytes, or a function that writes them over a long time. */
export interface PageAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | ((to: Writable) => Promise<void>);
}

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
].join("; ");

const PROTECTION: Readonly<Record<string, string>> = {
  "content-security-policy": CONTENT_SECURITY_POLICY,
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
};
const NOT_STORED = { "cache-control": "no-store" };
const TEXT = { "content-type": "text/plain; charset=utf-8" };
const NOTHING = new Uint8Array();

/** A response that is not stored, unless its headers state otherwise. */
export function pageAnswer(
  status: number,
  body: PageAnswer["body"],
  headers: Readonly<Record<string, string>>,
): PageAnswer {
  return { status, headers: { ...PROTECTION, ...NOT_STORED, ...headers }, body };
}

/** A response of one line; without a body if the text is empty. */
export function textAnswer(
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): PageAnswer {
  if (text === "") return pageAnswer(status, NOTHING, headers);
  return pageAnswer(status, Buffer.from(`${text}\n`), { ...TEXT, ...headers });
}

/** A response with a document that is JSON already. */
export function jsonAnswer(status: number, json: Uint8Array): PageAnswer {
  return pageAnswer(status, json, { "content-type": "application/json" });
}

/**
 * Whether a request comes from the page itself, or from a program that is not a browser. The header is one that no web page
 * can set.
 */
export function isOfThePage({ header }: Pick<PageRequest, "header">): boolean {
  const site = header("sec-fetch-site");
  return site === undefined || site === "same-origin" || site === "none";
}

/**
 * The response to the one-time link: it sets the cookie and leads to the page. A browser that comes from another site would
 * not send the cookie after a redirect.
 */
export function answerOfLink(request: Pick<PageRequest, "header">, cookie: string): PageAnswer {
  if (!mayBeFromOtherSite(request)) return textAnswer(303, "", { location: "./", "set-cookie": cookie });
  const html = '<!doctype html><meta http-equiv="refresh" content="0; url=./"><title>Tachymeter</title>';
  const headers = { "content-type": "text/html; charset=utf-8", "set-cookie": cookie };
  return pageAnswer(200, Buffer.from(html), headers);
}

// Over plain HTTP, browsers send the header only to this machine.
function mayBeFromOtherSite(request: Pick<PageRequest, "header">): boolean {
  if (request.header("sec-fetch-site") !== undefined) return !isOfThePage(request);
  return /\btext\/html\b/i.test(request.header("accept") ?? "");
}

/**
 * Whether a request that changes something has the page's origin, or none as those of programs. Behind a proxy with TLS
 * the scheme differs, so it is not compared if the browser states that the origin is the same.
 */
export function hasOwnOrigin(request: Pick<PageRequest, "header" | "isSecure">): boolean {
  if (!isOfThePage(request)) return false;
  const origin = request.header("origin")?.toLowerCase();
  const schemes =
    request.header("sec-fetch-site") === "same-origin"
      ? ["http", "https"]
      : [request.isSecure ? "https" : "http"];
  const host = request.header("host")?.toLowerCase();
  return origin === undefined || schemes.some((scheme) => origin === `${scheme}://${host}`);
}
