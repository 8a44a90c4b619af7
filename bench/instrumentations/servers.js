// The brokers: real ones, on free loopback ports, in temporary folders.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { freePort } from "../../test/kit/free-port.js";

const START_MILLIS = 60_000;
// Debian keeps the programs of each version in a folder of its own.
const POSTGRES = "/usr/lib/postgresql";

/** Starts the servers by name; those whose program is not installed are missing from the result. */
export async function startServers(names) {
  const started = {};
  const ends = [];
  for (const name of names) {
    const server = await starters[name]();
    if (server === undefined) continue;
    started[name] = server.url;
    ends.push(server.end);
  }
  return {
    urls: started,
    async end() {
      for (const end of ends.toReversed()) await end();
    },
  };
}

const starters = {
  postgres: startPostgres,
  async redis() {
    const port = await freePort();
    const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
    return start("redis-server", { args, port, url: `redis://127.0.0.1:${port}` });
  },
  async mosquitto() {
    const port = await freePort();
    const configuration = `listener ${port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\n`;
    return start("mosquitto", {
      args: ["-c", "mosquitto.conf"],
      files: { "mosquitto.conf": configuration },
      port,
      url: `mqtt://127.0.0.1:${port}`,
    });
  },
  async rabbitmq() {
    const [port, epmd, distribution] = [await freePort(), await freePort(), await freePort()];
    const names = await start("epmd", { args: ["-port", `${epmd}`, "-address", "127.0.0.1"], port: epmd });
    // The program in PATH refuses all users but two.
    const server = await start("/usr/lib/rabbitmq/bin/rabbitmq-server", {
      files: {
        enabled_plugins: "[].\n",
        "rabbitmq.conf": `listeners.tcp.1 = 127.0.0.1:${port}\ndisk_free_limit.absolute = 1MB\n`,
      },
      port,
      url: `amqp://127.0.0.1:${port}`,
      env: (folder) => ({
        HOME: folder,
        LANG: "C.UTF-8",
        ERL_EPMD_PORT: `${epmd}`,
        ERL_EPMD_ADDRESS: "127.0.0.1",
        RABBITMQ_NODENAME: `bench${port}@localhost`,
        RABBITMQ_DIST_PORT: `${distribution}`,
        RABBITMQ_MNESIA_BASE: join(folder, "mnesia"),
        RABBITMQ_LOG_BASE: join(folder, "log"),
        RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
        RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq"),
        RABBITMQ_CONF_ENV_FILE: join(folder, "none.conf"),
        RABBITMQ_PID_FILE: join(folder, "pid"),
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 1:1",
        // Makes the started process the server itself, without a shell around it.
        RUNNING_UNDER_SYSTEMD: "true",
      }),
    });
    if (names === undefined || server === undefined) return undefined;
    return { url: server.url, end: async () => (await server.end(), await names.end()) };
  },
};

// It refuses to run as root.
const LOWERED =
  process.getuid?.() === 0 ? "setpriv --reuid=65534 --regid=65534 --clear-groups".split(" ") : [];

async function startPostgres() {
  const version = existsSync(POSTGRES) ? readdirSync(POSTGRES).toSorted((a, b) => b - a)[0] : undefined;
  if (version === undefined) return undefined;
  const program = (name) => join(POSTGRES, version, "bin", name);
  const data = mkdtempSync(join(tmpdir(), "tachymeter-bench-"));
  if (LOWERED.length > 0) chownSync(data, 65_534, 65_534);
  const [command, ...prefix] = [...LOWERED, "env"];
  const making = ["--pgdata", data, "--username", "bench", "--auth", "trust", "--no-sync"];
  const { status, stderr } = spawnSync(command, [...prefix, program("initdb"), ...making], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`initdb: ${stderr}`);
  const port = await freePort();
  const serving = ["-D", data, "-p", `${port}`, "-h", "127.0.0.1", "-k", "", "-F"];
  const server = await start(command, {
    args: [...prefix, program("postgres"), ...serving],
    port,
    url: `postgres://bench@127.0.0.1:${port}/postgres`,
  });
  return {
    url: server.url,
    end: async () => (await server.end(), rmSync(data, { recursive: true, force: true })),
  };
}

async function start(command, { args = [], files = {}, port, url, env = () => ({}) }) {
  const program = pathOf(command);
  if (program === undefined) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "tachymeter-bench-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...env(folder) },
    stdio: "ignore",
  });
  const exit = once(child, "exit");
  const deadline = Date.now() + START_MILLIS;
  while (!(await answers(port))) {
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`${command} failed to start`);
    await setTimeout(50);
  }
  return {
    url,
    async end() {
      child.kill("SIGKILL");
      await exit;
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

function pathOf(command) {
  const folders = ["", ...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/bin"];
  return folders
    .map((folder) => join(folder, command))
    .find((file) => file.startsWith("/") && existsSync(file));
}

async function answers(port) {
  const socket = connect(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
