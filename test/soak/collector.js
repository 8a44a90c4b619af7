// A collector over HTTP that can be away.
import { once } from "node:events";
import { createServer } from "node:http";

export async function startCollector() {
  let received = 0;
  let refused = 0;
  let bytes = 0;
  const state = {
    /** Whether requests are refused with 503. */
    isAway: false,
    url: "",
    summary: () => `collector: ${received} requests with ${bytes} bytes, and ${refused} while it was away`,
    async end() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
  const server = createServer((request, response) => {
    const { isAway } = state;
    request.on("data", (chunk) => {
      if (!isAway) bytes += chunk.length;
    });
    request.once("end", () => {
      if (isAway) refused++;
      else received++;
      response.writeHead(isAway ? 503 : 200, { "Content-Type": "application/x-protobuf" }).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  state.url = `http://127.0.0.1:${server.address().port}`;
  return state;
}
