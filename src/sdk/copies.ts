// Detects second copies of the API and of this package in the process. Two copies of the API lose data silently.
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { diag, metrics } from "@opentelemetry/api";
import { VERSION } from "../version.ts";

const COPY = Symbol.for("tachymeter.version");
const FOLDER = Symbol.for("tachymeter.folder");

/** Marks a provider that this copy registers, unless the application's own is frozen. */
export function markAsOurs(provider: object): void {
  Reflect.set(provider, COPY, VERSION);
  Reflect.set(provider, FOLDER, folderOfPackage());
}

/** Why `start()` fails, if a copy of another version of this package has registered the global meter provider. */
export function reasonOfOtherCopy(): string | undefined {
  const provider = metrics.getMeterProvider();
  const version: unknown = Reflect.get(provider, COPY);
  const folder: unknown = Reflect.get(provider, FOLDER) ?? "an unknown place";
  return typeof version === "string"
    ? `start(): tachymeter ${version} of ${String(folder)} is running in this process, so tachymeter ${VERSION} of ${folderOfPackage()} cannot start; ` +
        "install one version, by `npm dedupe`; see tachymeter/docs/troubleshooting.md"
    : undefined;
}

// In a bundle, the bundle's own file.
function folderOfPackage(): string {
  return fileURLToPath(import.meta.url).replace(/[\\/]dist[\\/][^\\/]+$/, "");
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
