/** A real NATS, with JetStream. */
import { join } from "node:path";
import { freePort } from "../kit/process.ts";
import { type Server, serverFolder, startServer } from "./start-server.ts";

/** A running NATS, with its address. */
export interface Nats extends Server {
  readonly url: string;
}

/** Serves NATS on loopback until the test, or its file, ends. */
export async function startNats(lifetime: "test" | "file" = "test"): Promise<Nats> {
  const port = await freePort();
  const folder = serverFolder("nats", lifetime);
  const args = ["-a", "127.0.0.1", "-p", String(port), "-js", "-sd", join(folder, "jetstream")];
  const server = await startServer({ command: "nats-server", args, folder, port, lifetime });
  return Object.assign(server, { url: `nats://127.0.0.1:${port}` });
}
