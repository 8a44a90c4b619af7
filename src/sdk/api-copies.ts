// Two copies of the API in one process lose data silently, so they are looked for.
import { createRequire } from "node:module";
import { diag } from "@opentelemetry/api";

/** Warns where the started program finds another copy of `@opentelemetry/api` than this package does. */
export function warnOfApiCopies(program: string | undefined): void {
  const ours = resolveFrom(import.meta.url);
  const theirs = program === undefined ? undefined : resolveFrom(program);
  if (ours === undefined || theirs === undefined || ours === theirs) return;
  diag.warn(
    `package @opentelemetry/api is installed twice, ${ours} for tachymeter and ${theirs} for the application; ` +
      "what is recorded through the second may be lost: have one installed, `npm dedupe` often does it",
  );
}

function resolveFrom(place: string): string | undefined {
  try {
    return createRequire(place).resolve("@opentelemetry/api");
  } catch {
    return undefined;
  }
}
