// Certificates of the connection to an OTLP backend, from files.
import { readFileSync } from "node:fs";
import type { OtlpTls } from "../../options/otlp.ts";

/** Content of the files in PEM format. */
export interface Certificates {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Reads the files. @throws Error if one of them cannot be read. */
export function certificatesFrom({ caFile, certFile, keyFile }: OtlpTls): Certificates {
  return {
    ...(caFile !== undefined && { ca: readFileSync(caFile, "utf8") }),
    ...(certFile !== undefined && { cert: readFileSync(certFile, "utf8") }),
    ...(keyFile !== undefined && { key: readFileSync(keyFile, "utf8") }),
  };
}
