// A real PostgreSQL and Redis for the applications, on free ports and in a temporary folder.
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, mkdirSync, readdirSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "../kit/free-port.js";

// The user id without rights: PostgreSQL refuses to run as root.
const NOBODY = 65_534;
const USER = "tester";
const START_MILLIS = 30_000;

/** Starts both. `end` ends them. */
export async function startServices(folder) {
  // The user without rights must reach its own folder.
  chmodSync(folder, 0o755);
  const [postgresPort, redisPort] = [await freePort(), await freePort()];
  const postgres = await startPostgres(join(folder, "postgres"), postgresPort);
  const redis = spawn("redis-server", `--port ${redisPort} --bind 127.0.0.1 --save`.split(" ").concat(""), {
    cwd: folder,
    stdio: "ignore",
  });
  await Promise.all([open(postgresPort), open(redisPort)]);
  const sql = (...statements) =>
    execFileSync(
      "psql",
      [
        ...`-h 127.0.0.1 -p ${postgresPort} -U ${USER} -d postgres -q`.split(" "),
        ...statements.flatMap((statement) => ["-c", statement]),
      ],
      { stdio: ["ignore", "ignore", "pipe"] },
    );
  return {
    postgres: { host: "127.0.0.1", port: postgresPort, user: USER },
    redis: { host: "127.0.0.1", port: redisPort, url: `redis://127.0.0.1:${redisPort}` },
    /** Makes an empty database, and returns its URL. */
    emptyDatabase(name) {
      sql(`drop database if exists ${name} with (force)`, `create database ${name}`);
      return `postgres://${USER}@127.0.0.1:${postgresPort}/${name}`;
    },
    emptyRedis: () => execFileSync("redis-cli", ["-p", `${redisPort}`, "flushall"]),
    async end() {
      for (const server of [postgres, redis]) {
        const exit = once(server, "exit");
        if (server.kill("SIGINT")) await exit;
      }
    },
  };
}

async function startPostgres(data, port) {
  mkdirSync(data, { recursive: true });
  const versions = readdirSync("/usr/lib/postgresql").toSorted((a, b) => Number(b) - Number(a));
  const programs = join("/usr/lib/postgresql", versions[0], "bin");
  const isRoot = process.getuid() === 0;
  if (isRoot) chownSync(data, NOBODY, NOBODY);
  const lowered = isRoot ? ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"] : [];
  const words = (program, rest) => [...lowered, join(programs, program), ...rest.split(" ")];
  const [making, ...how] = words(
    "initdb",
    `--pgdata ${data} --username ${USER} --auth trust --no-sync --encoding UTF8`,
  );
  execFileSync(making, how, { stdio: "ignore" });
  const [serving, ...rest] = words("postgres", `-D ${data} -p ${port} -h 127.0.0.1 -F -k`);
  const server = spawn(serving, [...rest, ""], { cwd: data, stdio: "ignore" });
  await once(server, "spawn");
  return server;
}

async function open(port) {
  const deadline = performance.now() + START_MILLIS;
  while (!(await isOpen(port))) {
    if (performance.now() > deadline) throw new Error(`no server responds at port ${port}`);
    await pause(50);
  }
  // PostgreSQL listens a moment before it takes commands.
  await pause(500);
}

function isOpen(port) {
  const socket = connect(port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  }).finally(() => socket.destroy());
}
