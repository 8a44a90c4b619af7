/** A real PostgreSQL, on its own port and in its own folder. */
import { execFile } from "node:child_process";
import { chownSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { TestContext } from "vitest";
import { freePort, reapLater, runNode } from "../kit/process.ts";
import { needsPackage } from "./needs.ts";
import { NOBODY, isRoot, unprivileged } from "./start-server.ts";

const run = promisify(execFile);

/** Address of the server; `user` is a superuser without a password. */
export interface Postgres {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
}

/** Skips the running test if PostgreSQL is not installed, and says so. */
export function needsPostgres(context: TestContext): void {
  needsPackage(context, programs() !== undefined, "postgresql");
}

/** Creates a database cluster and serves it on loopback until the test, or its file, ends. */
export async function startPostgres(lifetime: "test" | "file" = "test"): Promise<Postgres> {
  const folder = programs();
  if (folder === undefined) throw new Error("postgresql is not installed");
  const data = mkdtempSync(join(tmpdir(), "tachymeter-postgres-"));
  reapLater(async () => rmSync(data, { recursive: true, force: true, maxRetries: 5 }), lifetime);
  // It refuses to run as root.
  if (isRoot()) chownSync(data, NOBODY, NOBODY);
  const user = "tester";
  const making = `--username ${user} --auth trust --no-sync --encoding UTF8`.split(" ");
  const initdb = unprivileged(join(folder, "initdb"), ["--pgdata", data, ...making]);
  await run(initdb.command, initdb.args);
  const port = await freePort();
  const serving = `-p ${port} -h 127.0.0.1 -F`.split(" ");
  const postgres = unprivileged(join(folder, "postgres"), ["-D", data, ...serving, "-k", ""]);
  const server = runNode({ ...postgres, cwd: data, lifetime });
  await server.waitForOutput(/ready to accept connections/);
  return { host: "127.0.0.1", port, user, database: "postgres" };
}

// Debian keeps the programs of each version in a folder that is not in the path.
function programs(): string | undefined {
  try {
    const versions = readdirSync("/usr/lib/postgresql").toSorted((a, b) => Number(b) - Number(a));
    return versions[0] === undefined ? undefined : join("/usr/lib/postgresql", versions[0], "bin");
  } catch {
    return undefined;
  }
}
