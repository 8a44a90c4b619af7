// Variables that look like ours and are looked at as a whole.
import { textFrom } from "./environment.ts";
import type { ReaderSettings } from "./readers.ts";
import type { Parser } from "./parser.ts";

const PREFIX = "TACHYMETER_";

const VARIABLES: readonly string[] = [
  "CARDINALITY_LIMIT",
  "EVENT_LOG",
  "EXIT_TIMEOUT",
  "HEALTH_ENDPOINTS",
  "HISTORY",
  "HOST",
  "JSON_FILE",
  "KERNELS",
  "OUTBOX_DIRECTORY",
  "PROMETHEUS_BEARER_TOKEN",
  "PROMETHEUS_BEARER_TOKEN_FILE",
  "PROMETHEUS_PASSWORD",
  "PROMETHEUS_PASSWORD_FILE",
  "PROMETHEUS_SCOPE_LABELS",
  "PROMETHEUS_TLS_CERT_FILE",
  "PROMETHEUS_TLS_CLIENT_CA_FILE",
  "PROMETHEUS_TLS_KEY_FILE",
  "PROMETHEUS_USERNAME",
  "RUNTIME",
  "SERIES_TTL",
].map((name) => `${PREFIX}${name}`);

// Kubernetes gives every container some for each service: one may be named like this package.
const OF_A_SERVICE = /_(?:SERVICE|PORT)(?:_|$)/;

/** Warns of variables that nothing reads: misspelt ones, and an outbox that no reader has. Their values are not shown. */
export function warnOfUnreadVariables(parser: Parser, readers: readonly ReaderSettings[]): void {
  const unknown = Object.keys(parser.environment).filter(
    (name) => name.startsWith(PREFIX) && !VARIABLES.includes(name) && !OF_A_SERVICE.test(name),
  );
  for (const name of unknown) {
    parser.warnings.push(
      `variable ${name} is not known and was ignored; give one of ${VARIABLES.join(", ")}`,
    );
  }
  const outbox = "TACHYMETER_OUTBOX_DIRECTORY";
  if (textFrom(parser.environment, outbox) !== undefined && !readers.some(({ kind }) => kind === "otlp")) {
    parser.warnings.push(
      `variable ${outbox} was ignored: it is a reader 'otlp' that has one; add such a reader`,
    );
  }
}
