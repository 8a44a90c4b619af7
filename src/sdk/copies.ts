// Detects second copies of the API and of this package in the process. Two copies of the API lose data silently.
import { createRequire } from "node:module";
import { diag, metrics } from "@opentelemetry/api";
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

/** Warns if the started program resolves `@opentelemetry/api` to another copy than this package does. */
export function warnOfApiCopies(program: string | undefined): void {
  const ours = resolveFrom(import.meta.url);
  const theirs = program === undefined ? undefined : resolveFrom(program);
  if (ours === undefined || theirs === undefined || ours === theirs) return;
  diag.warn(
    `package @opentelemetry/api is installed twice (${ours} for tachymeter, ${theirs} for the application), ` +
      "so measurements may be lost; install one copy, by `npm dedupe`; see " +
      "tachymeter/docs/troubleshooting.md",
  );
}

function resolveFrom(place: string): string | undefined {
  try {
    return createRequire(place).resolve("@opentelemetry/api");
  } catch {
    return undefined;
  }
}
