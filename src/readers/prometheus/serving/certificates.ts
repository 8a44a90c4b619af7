// Certificates of an HTTPS server; their files may be exchanged at runtime.
import type { SecureContextOptions } from "node:tls";
import { WatchedFile } from "./watched-file.ts";

/** A text in PEM, or the file that holds it. */
export type Material = string | WatchedFile;

/** A server's certificate and key, and the authorities of its clients' certificates. */
export interface CertificateParts {
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

  /** Whether a client must bring a certificate too. */
  get asksClients(): boolean {
    return this.#parts.ca !== undefined;
  }

  /** The content of the files at the last look. */
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
