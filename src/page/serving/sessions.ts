// Sessions of browsers: an event stream cannot send a token in a header, but it sends a cookie.
import { createHash, randomBytes } from "node:crypto";

const SECRET_BYTES = 32;
const SESSION_SECONDS = 12 * 3_600;
const MAX_SESSIONS = 100;
const TOKEN_SECONDS = 3_600;
const MAX_TOKENS = 16;

/** One-time tokens, and the sessions that they begin. Only their hashes are kept. */
export class Sessions {
  // Cookies are shared by all ports of a host, so that each application needs a name of its own.
  readonly #cookie = `tachymeter-${randomBytes(4).toString("hex")}`;
  readonly #tokens = new Secrets(TOKEN_SECONDS, MAX_TOKENS);
  readonly #sessions = new Secrets(SESSION_SECONDS, MAX_SESSIONS);

  /** Returns a new token, valid once and for an hour. At most 16 tokens are kept, the latest. */
  token(): string {
    return this.#tokens.add();
  }

  /** Begins a session: returns the header `Set-Cookie`; `undefined` if the token is not valid. */
  begin(token: string, { isSecure }: { readonly isSecure: boolean }): string | undefined {
    if (!this.#tokens.remove(token)) return undefined;
    const attributes = `HttpOnly; SameSite=Strict; Path=/; Max-Age=${SESSION_SECONDS}`;
    return `${this.#cookie}=${this.#sessions.add()}; ${attributes}${isSecure ? "; Secure" : ""}`;
  }

  /** Whether a header `Cookie` has a session. */
  admits(cookies: string): boolean {
    return cookies.split(";").some((cookie) => {
      const [name, value = ""] = cookie.trim().split("=", 2);
      return name === this.#cookie && this.#sessions.has(value);
    });
  }
}

/** Secrets with an end, by their hash: looking one up takes the same time, however much of it is right. */
class Secrets {
  readonly #seconds: number;
  readonly #max: number;
  // End of each, in seconds of a clock that is not set. The oldest first.
  readonly #ends = new Map<string, number>();

  constructor(seconds: number, max: number) {
    this.#seconds = seconds;
    this.#max = max;
  }

  add(): string {
    const secret = randomBytes(SECRET_BYTES).toString("base64url");
    this.#ends.set(hashOf(secret), performance.now() / 1_000 + this.#seconds);
    for (const oldest of this.#ends.keys()) {
      if (this.#ends.size <= this.#max) break;
      this.#ends.delete(oldest);
    }
    return secret;
  }

  has(secret: string): boolean {
    return (this.#ends.get(hashOf(secret)) ?? -Infinity) > performance.now() / 1_000;
  }

  /** Returns whether it was valid. */
  remove(secret: string): boolean {
    const isValid = this.has(secret);
    this.#ends.delete(hashOf(secret));
    return isValid;
  }
}

function hashOf(secret: string): string {
  return createHash("sha256").update(secret).digest("base64");
}
