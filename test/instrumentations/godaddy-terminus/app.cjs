// Like app.mjs, as CommonJS.
const { createServer } = require("node:http");
const { createTerminus } = require("@godaddy/terminus");

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

async function ask() {
  const url = `http://127.0.0.1:${server.address().port}/health`;
  await (await fetch(url)).text();
  isDown = true;
  await (await fetch(url)).text();
  console.log("done");
}

server.listen(0, "127.0.0.1", () => void ask());

process.stdin.resume();
process.stdin.once("end", () => server.close());
