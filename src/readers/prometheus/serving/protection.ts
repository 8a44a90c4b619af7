import { readText, readTextSync } from "../../../io/files/open-file.ts";
import { createHmac, randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import type { SecureContextOptions } from "node:tls";
import { errorMessage } from "../../../diagnostics/error-message.ts";
import { statSync } from "node:fs";
import { stat } from "node:fs/promises";
import { warnOnce } from "../../../diagnostics/log-once.ts";

/** Reads a secret; one from a file may change. */
export type Secret = () => Promise<string>;

/** Accepted credentials; any one of them is sufficient. */
export interface Credentials {
  readonly bearerToken?: Secret;
  readonly basic?: { readonly username: string; readonly password: Secret };
}

/** Compares the credentials of requests in constant time. */
export class Authentication {
  readonly #credentials: Credentials;
  // Hashed with a random key, all secrets have the same length, and comparing a wrong one reveals nothing about the right
  // one.
  readonly #key: Buffer = randomBytes(32);
  #derived: { readonly from: string; readonly key: Promise<Buffer> } | undefined;

  constructor(credentials: Credentials) {
    this.#credentials = credentials;
  }

  /** Header `WWW-Authenticate` for requests without valid credentials. */
  get challenge(): string {
    const { bearerToken, basic } = this.#credentials;
    const schemes = [
      bearerToken === undefined ? "" : 'Bearer realm="metrics"',
      basic === undefined ? "" : 'Basic realm="metrics", charset="UTF-8"',
    ];
    return schemes.filter((scheme) => scheme !== "").join(", ");
  }

  /** Whether a request with this header `Authorization` is authenticated. Never rejects. */
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

  /** Whether a text is the token or the password. Never rejects. */
  async isSecret(text: string): Promise<boolean> {
    const { bearerToken, basic } = this.#credentials;
    const known = [await bearerToken?.(), await basic?.password()];
    return known.some((secret) => secret !== undefined && this.#areEqual(text, secret));
  }

  /**
   * A key that depends on the credentials alone. Derived slowly, so that a signature does not reveal a short secret. Rejects
   * if it cannot be derived now; the next call tries again.
   */
  async sessionKey(): Promise<Buffer> {
    const { bearerToken, basic } = this.#credentials;
    const from = JSON.stringify([await bearerToken?.(), basic?.username, await basic?.password()]);
    if (this.#derived?.from !== from) {
      const derived = { from, key: derivedKey(from) };
      this.#derived = derived;
      derived.key.catch(() => {
        if (this.#derived === derived) this.#derived = undefined;
      });
    }
    return this.#derived.key;
  }

  #areEqual(given: string | Uint8Array, expected: string): boolean {
    return timingSafeEqual(this.#hash(given), this.#hash(expected));
  }

  #hash(secret: string | Uint8Array): Buffer {
    return createHmac("sha256", this.#key).update(secret).digest();
  }
}

function derivedKey(secret: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(secret, "tachymeter sessions", 32, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}

/** A text in PEM, or the file that contains it. */
export type Material = string | WatchedFile;

/** A server's certificate and key, and the authorities of its clients' certificates. */
interface CertificateParts {
  readonly cert: Material;
  readonly key: Material;
  readonly ca: Material | undefined;
  readonly passphrase: string | undefined;
}

export class Certificates {
  readonly #parts: CertificateParts;
  #known: string;

  constructor(parts: CertificateParts) {
    this.#parts = parts;
    this.#known = JSON.stringify(this.latest);
  }

  /** Whether clients must present a certificate too. */
  get asksClients(): boolean {
    return this.#parts.ca !== undefined;
  }

  /** The content of the files when last read. */
  get latest(): SecureContextOptions {
    const { cert, key, ca, passphrase } = this.#parts;
    return {
      cert: latestOf(cert),
      key: latestOf(key),
      ...(ca !== undefined && { ca: latestOf(ca) }),
      ...(passphrase !== undefined && { passphrase }),
    };
  }

  /** The certificate, if a file has changed since the last call. Never rejects. */
  async changed(): Promise<SecureContextOptions | undefined> {
    const files = Object.values(this.#parts).filter((part) => part instanceof WatchedFile);
    await Promise.all(files.map((file) => file.content()));
    const { latest } = this;
    const text = JSON.stringify(latest);
    if (text === this.#known) return undefined;
    this.#known = text;
    return latest;
  }
}

function latestOf(material: Material): string {
  return typeof material === "string" ? material : material.latest;
}

const MAX_BYTES = 1024 * 1024;
const LOOK_INTERVAL_MILLIS = 1_000;

/** Content of a file, read again at most once a second, on demand. */
export class WatchedFile {
  readonly path: string;
  #content: string;
  #version: string;
  #lookedAt: number = Date.now();
  #look: Promise<string> | undefined;

  /** Reads the file. Throws the system's error, or its own if the file is empty or larger than 1 MiB. */
  constructor(path: string) {
    this.path = path;
    const status = statSync(path);
    assertSize(status);
    this.#version = versionOf(status);
    this.#content = readTextSync(path);
  }

  /** The content when last read. */
  get latest(): string {
    return this.#content;
  }

  /** The current content. A file that can no longer be read counts as unchanged, which is logged. Never rejects. */
  async content(): Promise<string> {
    if (Math.abs(Date.now() - this.#lookedAt) < LOOK_INTERVAL_MILLIS) return this.#content;
    this.#look ??= this.#lookAgain().finally(() => (this.#look = undefined));
    return this.#look;
  }

  async #lookAgain(): Promise<string> {
    try {
      const status = await stat(this.path);
      assertSize(status);
      if (versionOf(status) !== this.#version) {
        const content = await readText(this.path);
        // An empty secret would authenticate every client. The file may be in the middle of a write.
        if (content.trim() === "") throw new Error("the file is empty");
        this.#content = content;
        this.#version = versionOf(status);
      }
    } catch (error) {
      const reason = errorMessage(error);
      warnOnce(
        `prometheus exporter: "${this.path}" cannot be read again (${reason}); its previous content stays in use`,
      );
    }
    this.#lookedAt = Date.now();
    return this.#content;
  }
}

interface FileStatus {
  readonly size: number;
  readonly mtimeMs: number;
  readonly ino: number;
}

function assertSize({ size }: FileStatus): void {
  if (size === 0) throw new Error("the file is empty");
  if (size > MAX_BYTES) throw new Error(`the file has ${size} bytes, at most ${MAX_BYTES} are allowed`);
}

function versionOf({ size, mtimeMs, ino }: FileStatus): string {
  return `${ino}/${mtimeMs}/${size}`;
}
