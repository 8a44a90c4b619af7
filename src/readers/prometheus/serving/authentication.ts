import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** Reads a secret; one from a file may change. */
export type Secret = () => Promise<string>;

/** Credentials, any of which admits a request. */
export interface Credentials {
  readonly bearerToken?: Secret;
  readonly basic?: { readonly username: string; readonly password: Secret };
}

/** Compares the credentials of requests in constant time. */
export class Authentication {
  readonly #credentials: Credentials;
  // Hashed with a random key, secrets have one length, and a wrong one tells nothing about the right one.
  readonly #key: Buffer = randomBytes(32);

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** Header `WWW-Authenticate` for requests that are not admitted. */
  get challenge(): string {
    const { bearerToken, basic } = this.#credentials;
    const schemes = [
      bearerToken === undefined ? "" : 'Bearer realm="metrics"',
      basic === undefined ? "" : 'Basic realm="metrics", charset="UTF-8"',
    ];
    return schemes.filter((scheme) => scheme !== "").join(", ");
  }

  /** Whether a request with this header `Authorization` is admitted. Never rejects. */
  async admits(authorization: string | undefined): Promise<boolean> {
    const [, scheme = "", given = ""] = /^(\w+) +(\S+) *$/.exec(authorization ?? "") ?? [];
    const { bearerToken, basic } = this.#credentials;
    switch (scheme.toLowerCase()) {
      case "bearer":
        return bearerToken !== undefined && this.#areEqual(given, await bearerToken());
      case "basic": {
        if (basic === undefined) return false;
        const expected = `${basic.username}:${await basic.password()}`;
        return this.#areEqual(Buffer.from(given, "base64"), expected);
      }
      default:
        return false;
    }
  }

  #areEqual(given: string | Uint8Array, expected: string): boolean {
    return timingSafeEqual(this.#hash(given), this.#hash(expected));
  }

  #hash(secret: string | Uint8Array): Buffer {
    return createHmac("sha256", this.#key).update(secret).digest();
  }
}
