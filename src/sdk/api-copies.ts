// Detects two copies of the API in one process, which lose data silently.
import { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";

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
