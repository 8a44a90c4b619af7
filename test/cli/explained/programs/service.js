// A service that the shop needs. Prints `ready <port>`. Lines of standard input: milliseconds and the status of responses.
import { createServer } from "node:http";
import { createInterface } from "node:readline";

let [millis, status] = [4, 200];
const server = createServer((_, response) => {
  setTimeout(() => response.writeHead(status).end("42"), millis * (0.8 + 0.4 * Math.random()));
}).listen(0, "127.0.0.1", () => console.log(`ready ${server.address().port}`));

// A shop that waits for its processor must not find its connections closed.
server.keepAliveTimeout = 0;

createInterface({ input: process.stdin })
  .on("line", (line) => ([millis, status] = line.split(" ").map(Number)))
  .once("close", () => process.exit());
