// An uninstrumented application: one request to its own server of `node:http2`, which nothing else may have loaded.
import { once } from "node:events";

if (process.moduleLoadList.includes("NativeModule http2")) throw new Error("node:http2 is loaded already");
const { connect, createServer } = await import("node:http2");
const server = createServer((_request, response) => response.end("http2")).listen(0, "127.0.0.1");
await once(server, "listening");
const session = connect(`http://127.0.0.1:${server.address().port}`);
const stream = session.request({ ":path": "/shop" });
await once(stream.resume(), "close");
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => {
  session.close();
  server.close();
});
