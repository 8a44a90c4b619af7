/** A real MariaDB, which uses MySQL's protocol. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { freePort } from "../kit/process.ts";
import { neededProgram } from "./needs.ts";
import { type Server, serverFolder, startServer } from "./start-server.ts";

const run = promisify(execFile);

/** A running MariaDB, with its address; `user` has no password. */
export interface MariaDb extends Server {
  readonly host: string;
  readonly user: string;
  readonly database: string;
}

/** Creates an empty database and serves it on loopback until the test, or its file, ends. */
export async function startMariaDb(lifetime: "test" | "file" = "test"): Promise<MariaDb> {
  const port = await freePort();
  const folder = serverFolder("mariadb", lifetime);
  const data = `--no-defaults --datadir=${folder}/data`;
  const asRoot = process.getuid?.() === 0 ? ["--user=nobody"] : [];
  const making = `${data} --auth-root-authentication-method=normal --skip-test-db`.split(" ");
  await run(neededProgram("mariadb-install-db"), [...making, ...asRoot]);
  const serving = `${data} --bind-address=127.0.0.1 --port=${port} --socket=${folder}/socket`;
  const server = await startServer({
    command: "mariadbd",
    args: `${serving} --skip-grant-tables --skip-networking=0 --innodb-flush-log-at-trx-commit=0`.split(" "),
    folder,
    port,
    lifetime,
  });
  return Object.assign(server, { host: "127.0.0.1", user: "root", database: "mysql" });
}
