// An uninstrumented application: requests its own health, once healthy and once not. Runs until its standard input
// closes.
import { once } from "node:events";
import { createServer } from "node:http";
import { createTerminus } from "@godaddy/terminus";

let isDown = false;
const server = createTerminus(
  createServer((_, response) => response.end()),
  {
    healthChecks: {
      "/health": async () => {
        if (isDown) throw new Error("no database");
      },
    },
  },
);
server.listen(0, "127.0.0.1");
await once(server, "listening");
const url = `http://127.0.0.1:${server.address().port}/health`;
await (await fetch(url)).text();
isDown = true;
await (await fetch(url)).text();
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => server.close());
