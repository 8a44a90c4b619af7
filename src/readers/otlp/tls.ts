// Certificates of the connection to an OTLP backend, from files.
import { readTextSync } from "../../io/files/open-file.ts";
import { OptionsError } from "../../options/options-error.ts";
import type { OtlpTls } from "../../options/otlp.ts";
import type { OtlpExporterOptions } from "./options.ts";

/** Content of the files in PEM format. */
export interface Certificates {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
}

/** Reads the files. @throws Error if one of them cannot be read. */
export function certificatesFrom({ caFile, certFile, keyFile }: OtlpTls): Certificates {
  return {
    ...(caFile !== undefined && { ca: readTextSync(caFile) }),
    ...(certFile !== undefined && { cert: readTextSync(certFile) }),
    ...(keyFile !== undefined && { key: readTextSync(keyFile) }),
  };
}

/**
 * Replaces `tls` by the content of its files in `httpAgentOptions`.
 *
 * @throws OptionsError if `httpAgentOptions` is a function. @throws Error if a file cannot be read.
 */
export function withCertificates<T extends OtlpExporterOptions>(
  subject: string,
  options: T,
): T | Omit<T, "tls"> {
  const { tls, ...others } = options;
  const { keepAlive = true, httpAgentOptions } = options;
  if (tls === undefined) return options;
  if (typeof httpAgentOptions === "function") {
    const must = "be missing if httpAgentOptions is a function, which sets the certificates itself";
    throw new OptionsError(subject, [{ name: "tls", value: tls, must }]);
  }
  return { ...others, httpAgentOptions: { keepAlive, ...httpAgentOptions, ...certificatesFrom(tls) } };
}
