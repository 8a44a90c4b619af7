/** A server of MongoDB's protocol that keeps its documents in memory: CongoDB, in a separate process. */
import { cpSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { TestContext } from "vitest";
import { freePort } from "../kit/process.ts";
import { needsFetched } from "./needs.ts";
import { type Server, serverFolder, startServer } from "./start-server.ts";

/** A running MongoDB, with its address. */
export interface MongoDb extends Server {
  readonly url: string;
}

const ENTRY = "node_modules/@push.rocks/smartmongo/dist_ts/congodb/index.js";

/** Serves an empty MongoDB on loopback until the test, or its file, ends; skips the test if it is not installed. */
export async function startMongoDb(
  context: TestContext,
  lifetime: "test" | "file" = "test",
): Promise<MongoDb> {
  const fetched = needsFetched(context, "congodb");
  const port = await freePort();
  const folder = serverFolder("mongodb", lifetime);
  // A user without rights may not be able to enter the checkout.
  cpSync(fetched, folder, { recursive: true });
  const entry = pathToFileURL(join(folder, ENTRY));
  const program = `
    import { CongoServer } from ${JSON.stringify(entry)};
    await new CongoServer({ host: "127.0.0.1", port: ${port} }).start();`;
  const server = await startServer({
    command: process.execPath,
    args: ["--input-type=module", "--eval", program],
    folder,
    port,
    lifetime,
  });
  return Object.assign(server, { url: `mongodb://127.0.0.1:${port}` });
}
