// An uninstrumented application of h3, in version 1 or 2: one request. Runs until its standard input closes.
import { once } from "node:events";
import { createServer } from "node:http";
import * as h3 from "h3";

const { createApp, createRouter, eventHandler } = h3;
// In version 2, each of the two is class `H3`.
const app = createApp();
const items = createRouter();
items.get(
  "/shop/h3/:id",
  eventHandler(() => "h3"),
);
app.use(items);
// The old name of version 2 loads a file that no bundler sees.
const listener = "toNodeHandler" in h3 ? (await import("h3/node")).toNodeHandler : h3.toNodeListener;
const server = createServer(listener(app)).listen(0, "127.0.0.1");
await once(server, "listening");
const response = await fetch(`http://127.0.0.1:${server.address().port}/shop/h3/1`);
if ((await response.text()) !== "h3") throw new Error("h3 has not answered");
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => {
  server.close();
  server.closeAllConnections();
});
