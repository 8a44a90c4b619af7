// Like app.mjs, as CommonJS.
const { Client } = require("@modelcontextprotocol/sdk/client/index.js");
const { InMemoryTransport } = require("@modelcontextprotocol/sdk/inMemory.js");
const { McpServer } = require("@modelcontextprotocol/sdk/server/mcp.js");

async function run() {
  const server = new McpServer({ name: "weather", version: "1.0.0" });
  server.registerTool("weather", {}, () => ({ content: [] }));
  const [near, far] = InMemoryTransport.createLinkedPair();
  await server.connect(far);
  const client = new Client({ name: "app", version: "1.0.0" });
  await client.connect(near);
  await client.callTool({ name: "weather" });
  console.log("done");
}

void run();
process.stdin.resume();
