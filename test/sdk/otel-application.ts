// Applications with instrumentations of OpenTelemetry.
import { mkdirSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { application } from "../kit/packed-project.ts";
import { outputOf, runNode } from "../kit/process.ts";

// Names of OpenTelemetry's packages.
export const HTTP = "@opentelemetry/instrumentation-http";
export const UNDICI = "@opentelemetry/instrumentation-undici";
export const PG = "@opentelemetry/instrumentation-pg";
export const MONGODB = "@opentelemetry/instrumentation-mongodb";

/** Writes an application beside which these packages of the repository are installed; returns its folder. */
export async function applicationWith(
  packages: readonly string[],
  files: Readonly<Record<string, string>>,
): Promise<string> {
  const cwd = await application(files);
  for (const name of packages) {
    const link = join(cwd, "node_modules", name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(resolve(import.meta.dirname, "../../node_modules", name), link, "junction");
  }
  return cwd;
}

/** A program of an application, under `tachymeter/register`. */
export interface Run {
  readonly cwd: string;
  readonly program: string;
  readonly imports?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a program. Returns what it prints as JSON, such as the number of recordings of each HTTP metric, and its log. */
export async function ran({ cwd, program, imports = ["tachymeter/register"], env }: Run): Promise<{
  readonly counts: unknown;
  readonly log: string;
}> {
  const child = runNode({
    cwd,
    args: [...imports.flatMap((each) => ["--import", each]), program],
    env: { OTEL_METRICS_EXPORTER: "none", OTEL_LOG_LEVEL: "debug", ...env },
  });
  const output = await outputOf(child);
  return { counts: JSON.parse(output), log: child.stderr };
}
