import { once } from "node:events";
import { type RequestListener, createServer } from "node:http";
import { addressOf } from "./address-of.ts";
import { reapLater } from "./process.ts";

/** Starts an HTTP server, which ends with the test (or file) that starts it, and gives the URL of a path there. */
export async function listening(listener: RequestListener, path = ""): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  reapLater(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${addressOf(server).port}${path}`;
}
