// The real Pushgateway of Debian.
import { freePort, runNode } from "../kit/process.ts";
import { newFolder } from "../kit/new-folder.ts";

/** Starts a Pushgateway, and returns its URL. It ends with the test. */
export async function startPushgateway(port?: number): Promise<string> {
  const used = port ?? (await freePort());
  const server = runNode({
    command: "prometheus-pushgateway",
    args: [`--web.listen-address=127.0.0.1:${used}`],
    cwd: newFolder("pushgateway"),
  });
  await server.waitForOutput(/listen/i);
  return `http://127.0.0.1:${used}`;
}
