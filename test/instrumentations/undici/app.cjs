// An uninstrumented application: sends three requests to its own server by `fetch`. Runs until its standard input
// closes.
const { createServer } = require("node:http");

const server = createServer((request, response) => response.end("hello"));
async function send() {
  for (let i = 0; i < 3; i++) {
    await (await fetch(`http://127.0.0.1:${process.env.SERVER_PORT}/`)).text();
  }
  console.log("done");
}

server.listen(Number(process.env.SERVER_PORT), "127.0.0.1", () => void send());

process.stdin.resume();
process.stdin.once("end", () => process.exit());
