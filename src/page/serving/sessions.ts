// Sessions of browsers: an event stream cannot send a token in a header, but it sends a cookie.
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

const SECRET_BYTES = 32;
const SESSION_SECONDS = 12 * 3_600;
const TOKEN_SECONDS = 3_600;
const MAX_TOKENS = 16;

/**
 * One-time tokens, and the sessions that they begin. A session is a signed time of its end, so that it outlives the process.
 * It ends early if the credentials of the endpoint change.
 */
export class Sessions {
  // End of each token, by its hash, in seconds of a clock that is not set. The oldest first. Looking one up takes the same
  // time, however much of it is right.
  readonly #tokens = new Map<string, number>();
  readonly #key: () => Promise<Buffer>;

  /** @param key returns the key of signatures: the same in each process with the same credentials. */
  constructor(key: () => Promise<Buffer>) {
    this.#key = key;
  }

  /** Returns a new token, valid once and for an hour. At most 16 tokens are kept, the latest. */
  token(): string {
    const token = randomBytes(SECRET_BYTES).toString("base64url");
    this.#tokens.set(hashOf(token), performance.now() / 1_000 + TOKEN_SECONDS);
    const [oldest = ""] = this.#tokens.keys();
    if (this.#tokens.size > MAX_TOKENS) this.#tokens.delete(oldest);
    return token;
  }

  /** Uses up a token. Returns whether it was valid. */
  takes(token: string): boolean {
    const hash = hashOf(token);
    const isValid = (this.#tokens.get(hash) ?? -Infinity) > performance.now() / 1_000;
    this.#tokens.delete(hash);
    return isValid;
  }

  /** Begins a session: resolves to the header `Set-Cookie`. */
  async begin({ isSecure }: { readonly isSecure: boolean }): Promise<string> {
    const key = await this.#key();
    const end = String(nowSeconds() + SESSION_SECONDS);
    const attributes = `HttpOnly; SameSite=Strict; Path=/; Max-Age=${SESSION_SECONDS}`;
    return `${nameFor(key)}=${end}.${signatureOf(key, end)}; ${attributes}${isSecure ? "; Secure" : ""}`;
  }

  /** Whether a header `Cookie` has a session. Without a key, none is known. Never rejects. */
  async admits(cookies: string): Promise<boolean> {
    const key = await this.#key().catch(() => undefined);
    if (key === undefined) return false;
    const name = nameFor(key);
    return cookies.split(";").some((cookie) => {
      const [of, value = ""] = cookie.trim().split("=", 2);
      const [end = "", signature = ""] = value.split(".", 2);
      if (of !== name || !areEqual(signature, signatureOf(key, end))) return false;
      return Number(end) > nowSeconds();
    });
  }
}

// Cookies are shared by all ports of a host, so that applications with other credentials need other names.
function nameFor(key: Buffer): string {
  return `tachymeter-${createHmac("sha256", key).update("name").digest("hex").slice(0, 8)}`;
}

function signatureOf(key: Buffer, end: string): string {
  return createHmac("sha256", key).update(`session until ${end}`).digest("base64url");
}

function areEqual(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(hashOf(one)), Buffer.from(hashOf(other)));
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64");
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}
