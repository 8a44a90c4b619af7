// An uninstrumented application: a client that calls a tool of a server. Runs until its standard input closes.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";

const server = new McpServer({ name: "weather", version: "1.0.0" });
server.registerTool("weather", {}, () => ({ content: [] }));
const [near, far] = InMemoryTransport.createLinkedPair();
await server.connect(far);
const client = new Client({ name: "app", version: "1.0.0" });
await client.connect(near);
await client.callTool({ name: "weather" });
console.log("done");

process.stdin.resume();
