// Detects a second copy of this package in the process.
import { metrics } from "@opentelemetry/api";
import { VERSION } from "../version.ts";

const COPY = Symbol.for("tachymeter.version");

/** Marks a provider that this copy registers. */
export function markAsOurs(provider: object): void {
  Reflect.set(provider, COPY, VERSION);
}

/** Why `start()` fails, if another copy of this package has registered the global meter provider. */
export function reasonOfOtherCopy(): string | undefined {
  const version: unknown = Reflect.get(metrics.getMeterProvider(), COPY);
  return typeof version === "string"
    ? `start(): another copy of tachymeter, version ${version}, is running in this process; install one copy, by \`npm dedupe\`; see tachymeter/docs/troubleshooting.md`
    : undefined;
}
