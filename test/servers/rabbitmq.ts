/** A real RabbitMQ that keeps its queues in a folder of the test. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../kit/process.ts";
import { type Server, serverFolder, startServer } from "./start-server.ts";

/** A running RabbitMQ, with its address. */
export interface RabbitMq extends Server {
  readonly url: string;
}

/** Serves an empty RabbitMQ on loopback until the test, or its file, ends. It takes seconds to start: once per file. */
export async function startRabbitMq(lifetime: "test" | "file" = "test"): Promise<RabbitMq> {
  const [port, epmdPort, distributionPort] = [await freePort(), await freePort(), await freePort()];
  const folder = serverFolder("rabbitmq", lifetime);
  // Erlang would start one that outlives the server.
  await startServer({
    command: "epmd",
    args: ["-port", `${epmdPort}`, "-address", "127.0.0.1"],
    folder,
    port: epmdPort,
    lifetime,
  });
  writeFileSync(join(folder, "enabled_plugins"), "[].\n");
  writeFileSync(
    join(folder, "rabbitmq.conf"),
    `listeners.tcp.1 = 127.0.0.1:${port}\ndisk_free_limit.absolute = 1MB\nvm_memory_high_watermark.absolute = 1GB\n`,
  );
  const server = await startServer({
    // The one in the path refuses all users but two.
    command: "/usr/lib/rabbitmq/bin/rabbitmq-server",
    args: [],
    folder,
    port,
    env: {
      ERL_EPMD_PORT: `${epmdPort}`,
      ERL_EPMD_ADDRESS: "127.0.0.1",
      LANG: "C.UTF-8",
      RABBITMQ_NODENAME: `test${port}@localhost`,
      RABBITMQ_DIST_PORT: `${distributionPort}`,
      RABBITMQ_MNESIA_BASE: join(folder, "mnesia"),
      RABBITMQ_LOG_BASE: join(folder, "log"),
      RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, "enabled_plugins"),
      RABBITMQ_CONFIG_FILE: join(folder, "rabbitmq"),
      RABBITMQ_CONF_ENV_FILE: join(folder, "none.conf"),
      RABBITMQ_PID_FILE: join(folder, "pid"),
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "+S 1:1",
      // With it, the started process is the server, and not a shell around it.
      RUNNING_UNDER_SYSTEMD: "true",
    },
    lifetime,
  });
  return Object.assign(server, { url: `amqp://127.0.0.1:${port}` });
}
