/** A real Redis that keeps nothing on disk. */
import { freePort } from "../process.ts";
import { type Server, serverFolder, startServer } from "./start-server.ts";

/** Where a client finds it, beside what every server has. */
export interface Redis extends Server {
  readonly url: string;
}

/** Serves an empty Redis on loopback until the test, or its file, ends. */
export async function startRedis(lifetime: "test" | "file" = "test"): Promise<Redis> {
  const port = await freePort();
  const folder = serverFolder("redis", lifetime);
  const args = `--port ${port} --bind 127.0.0.1 --dir ${folder} --save --appendonly no --daemonize no`;
  const server = await startServer({
    command: "redis-server",
    args: args.split(" ").flatMap((word) => (word === "--save" ? [word, ""] : [word])),
    folder,
    port,
    lifetime,
  });
  return Object.assign(server, { url: `redis://127.0.0.1:${port}` });
}
