/** A real etcd of one member. */
import { join } from "node:path";
import { freePort } from "../kit/process.ts";
import { type Server, serverFolder, startServer } from "./start-server.ts";

/** A running etcd, with its address. */
export interface Etcd extends Server {
  readonly url: string;
}

/** Serves an empty etcd on loopback until the test, or its file, ends. */
export async function startEtcd(lifetime: "test" | "file" = "test"): Promise<Etcd> {
  const [port, peerPort] = [await freePort(), await freePort()];
  const folder = serverFolder("etcd", lifetime);
  const url = `http://127.0.0.1:${port}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const server = await startServer({
    command: "etcd",
    // oxfmt-ignore
    args: [
      "--data-dir", join(folder, "data"),
      "--initial-cluster", `default=${peerUrl}`,
      "--listen-client-urls", url,
      "--advertise-client-urls", url,
      "--listen-peer-urls", peerUrl,
      "--initial-advertise-peer-urls", peerUrl,
    ],
    folder,
    port,
    ready: /ready to serve client requests/,
    lifetime,
  });
  return Object.assign(server, { url });
}
