// Admission of requests: by credentials, by a client's certificate, by a site's session, and by the `Host` header.
import { randomBytes } from "node:crypto";
import { isLoopback } from "../../../io/http/loopback.ts";
import type { ScrapeRequest } from "./answer.ts";
import type { Authentication, Certificates } from "./protection.ts";

/** The client of a page. `anybody` is any client if authentication is off; `stranger` is not authenticated. */
export type Asker = "authenticated" | "anybody" | "stranger";

interface SessionCheck {
  /** Whether a header `Cookie` has a session. Never rejects. */
  admits(cookie: string): Promise<boolean>;
}

/** Decides which requests an exporter's server accepts. */
export class Admission {
  readonly #authentication: Authentication | undefined;
  /** Certificates of the server; it serves HTTP without. */
  readonly certificates: Certificates | undefined;
  readonly #hosts: readonly string[];
  // Signs sessions if there are no credentials.
  readonly #randomKey: Buffer = randomBytes(32);

  /** @param hosts the host of the server, and then its further names. */
  constructor(
    authentication: Authentication | undefined,
    certificates: Certificates | undefined,
    hosts: readonly string[],
  ) {
    this.#authentication = authentication;
    this.certificates = certificates;
    this.#hosts = hosts.map((host) => host.toLowerCase());
  }

  /** Whether clients must send a token or a password. */
  get asksForCredentials(): boolean {
    return this.#authentication !== undefined;
  }

  /** Whether clients must authenticate themselves, with a token, a password or a certificate. */
  get isProtected(): boolean {
    return this.asksForCredentials || this.certificates?.asksClients === true;
  }

  /** Whether clients of other machines may reach it, without authentication. */
  get isOpen(): boolean {
    return !this.isProtected && !this.isLocal;
  }

  /** Whether only clients of this machine can reach it. */
  get isLocal(): boolean {
    return isLoopback(this.#hosts[0] ?? "");
  }

  /** Header `WWW-Authenticate` for requests without valid credentials. */
  get challenge(): string | undefined {
    return this.#authentication?.challenge;
  }

  /** The client of a request, which may have a session of `site`. Never rejects. */
  async askerOf({ header }: ScrapeRequest, site: SessionCheck | undefined): Promise<Asker> {
    const asker = this.isProtected ? "authenticated" : "anybody";
    if (this.#authentication === undefined) return asker;
    const cookie = site && header("cookie");
    if (cookie !== undefined && (await site?.admits(cookie)) === true) return asker;
    return (await this.#authentication.admits(header("authorization"))) ? asker : "stranger";
  }

  /**
   * Whether the server's metrics and pages are served under the request's `Host` header: any one, except for a server on
   * loopback without authentication. This protects against DNS rebinding: a web page whose name resolves to this machine
   * cannot choose the header.
   */
  isAllowedHost({ header }: ScrapeRequest): boolean {
    if (this.isProtected || !this.isLocal) return true;
    const host = hostFrom(header("host"));
    return host === undefined || isLoopback(host) || this.#hosts.includes(host);
  }

  /**
   * Whether a site is served under the request's `Host` header: under the server's names, and under an IP address unless
   * the server is on loopback. An IP address cannot be bound to another address.
   */
  isSiteHost({ header }: ScrapeRequest): boolean {
    const host = hostFrom(header("host"));
    if (host === undefined || this.#hosts.includes(host) || isLoopback(host)) return true;
    return !this.isLocal && (/^\d+\.\d+\.\d+\.\d+$/.test(host) || /^\[[\da-f:.]+\]$/.test(host));
  }

  /** A key for the signatures of sessions, derived from the credentials if there are any. */
  async sessionKey(): Promise<Buffer> {
    return (await this.#authentication?.sessionKey()) ?? this.#randomKey;
  }

  /** Whether a text is the token or the password of clients. */
  async isSecret(text: string): Promise<boolean> {
    return (await this.#authentication?.isSecret(text)) ?? false;
  }
}

// HTTP/1.0 requests may have no `Host`; no browser sends them.
function hostFrom(header: string | undefined): string | undefined {
  return header?.toLowerCase().replace(/:\d*$/, "").replace(/\.$/, "");
}
