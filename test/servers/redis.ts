/** A real Redis that keeps nothing on disk. */
import { connect } from "node:net";
import { freePort } from "../kit/process.ts";
import { type Server, serverFolder, startServer } from "./start-server.ts";

/** A running Redis, with its address. */
export interface Redis extends Server {
  readonly url: string;
}

/** Serves an empty Redis on loopback until the test, or its file, ends. `more` are further arguments. */
export async function startRedis(
  lifetime: "test" | "file" = "test",
  more: readonly string[] = [],
): Promise<Redis> {
  const port = await freePort();
  const folder = serverFolder("redis", lifetime);
  const args = `--port ${port} --bind 127.0.0.1 --dir ${folder} --save --appendonly no --daemonize no`;
  const server = await startServer({
    command: "redis-server",
    args: [...args.split(" ").flatMap((word) => (word === "--save" ? [word, ""] : [word])), ...more],
    folder,
    port,
    lifetime,
  });
  return Object.assign(server, { url: `redis://127.0.0.1:${port}` });
}

/** Serves an empty Redis Cluster of one node, which has all slots. */
export async function startRedisCluster(): Promise<Redis> {
  const server = await startRedis("test", [
    "--cluster-enabled",
    "yes",
    // Otherwise it does not know its own address until another node has sent it.
    "--cluster-announce-ip",
    "127.0.0.1",
    // The default is 10,000 above the port, which another process may have.
    "--cluster-port",
    `${await freePort()}`,
  ]);
  const client = connect(server.port, "127.0.0.1");
  client.write("CLUSTER ADDSLOTSRANGE 0 16383\r\n");
  let answers = "";
  for await (const answer of client) {
    answers += String(answer);
    if (answers.includes("cluster_state:ok")) break;
    setTimeout(() => client.write("CLUSTER INFO\r\n"), 10);
  }
  return server;
}
