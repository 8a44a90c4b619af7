/** A real ZooKeeper that keeps its data in its own folder. */
import { existsSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { TestContext } from "vitest";
import { freePort } from "../kit/process.ts";
import { needsPackage } from "./needs.ts";
import { type Server, serverFolder, startServer } from "./start-server.ts";

const JAR = "/usr/share/java/zookeeper.jar";
const SERVING_MILLIS = 10_000;

/** Skips the running test if Debian's ZooKeeper is not installed, and says so. */
export function needsZookeeper(context: TestContext): void {
  needsPackage(context, existsSync(JAR), "zookeeper");
}

/** A running ZooKeeper, with its address: `127.0.0.1:2181`. */
export interface Zookeeper extends Server {
  readonly address: string;
}

/** Serves a ZooKeeper on loopback until the test, or its file, ends. Its sessions last from 1 to 10 seconds. */
export async function startZookeeper(lifetime: "test" | "file" = "test"): Promise<Zookeeper> {
  const port = await freePort();
  const folder = serverFolder("zookeeper", lifetime);
  const configuration = join(folder, "zoo.cfg");
  const lines = [
    "tickTime=500",
    `dataDir=${join(folder, "data")}`,
    `clientPort=${port}`,
    "clientPortAddress=127.0.0.1",
    "admin.enableServer=false",
  ];
  writeFileSync(configuration, `${lines.join("\n")}\n`);
  const small = ["-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
  const main = "org.apache.zookeeper.server.ZooKeeperServerMain";
  const server = await startServer({
    command: "java",
    args: [...small, "-cp", `/etc/zookeeper/conf:${JAR}`, main, configuration],
    folder,
    port,
    lifetime,
  });
  // A client that connects earlier may wait for its session for ever. Some sandboxes have no response to `srvr`.
  const deadline = Date.now() + SERVING_MILLIS;
  while (Date.now() < deadline && !(await isServing(port))) await sleep(50);
  return Object.assign(server, { address: `127.0.0.1:${port}` });
}

/** Whether the server responds to command `srvr` within a second, and then closes the connection. */
async function isServing(port: number): Promise<boolean> {
  // Half-closed, a connection may be closed by the server before its response.
  const socket = connect(port, "127.0.0.1", () => void socket.write("srvr"));
  socket.setTimeout(1_000, () => socket.destroy());
  try {
    return (await text(socket)).startsWith("Zookeeper version");
  } catch {
    return false;
  }
}
