/** A real Mosquitto that keeps nothing on disk. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../kit/process.ts";
import { type Server, serverFolder, startServer } from "./start-server.ts";

/** A running Mosquitto, with its address. */
export interface Mosquitto extends Server {
  readonly url: string;
}

/** Serves an open Mosquitto on loopback until the test, or its file, ends. */
export async function startMosquitto(lifetime: "test" | "file" = "test"): Promise<Mosquitto> {
  const port = await freePort();
  const folder = serverFolder("mosquitto", lifetime);
  const configuration = join(folder, "mosquitto.conf");
  writeFileSync(
    configuration,
    `listener ${port} 127.0.0.1\nallow_anonymous true\npersistence false\nmax_queued_messages 0\n`,
  );
  const server = await startServer({
    command: "/usr/sbin/mosquitto",
    args: ["-c", configuration],
    folder,
    port,
    lifetime,
  });
  return Object.assign(server, { url: `mqtt://127.0.0.1:${port}` });
}
