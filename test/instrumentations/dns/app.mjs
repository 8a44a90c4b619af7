// An uninstrumented application: looks up names, and connects to one. Runs until its standard input closes.
import { lookup } from "node:dns";
import { lookup as lookupPromise } from "node:dns/promises";
import { once } from "node:events";
import { connect, createServer } from "node:net";

await new Promise((resolve) => lookup("localhost", resolve));
await lookupPromise("localhost");
const server = createServer((socket) => socket.end()).listen(0, "127.0.0.1");
await once(server, "listening");
const socket = connect({ host: "localhost", port: server.address().port, family: 4 });
await once(socket.resume(), "end");
server.close();
console.log("done");
process.stdin.resume();
