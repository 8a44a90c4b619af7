import { once } from "node:events";
import { type RequestListener, createServer } from "node:http";
import { addressOf } from "./address-of.ts";
import { reapLater } from "./process.ts";

/** Starts an HTTP server until the end of the current test (or file), and returns the URL of a path. */
export async function listening(listener: RequestListener, path = ""): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  reapLater(async () => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${addressOf(server).port}${path}`;
}
