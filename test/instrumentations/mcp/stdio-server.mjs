// A server of the test, in a process of its own.
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";

const server = new McpServer({ name: "weather", version: "1.0.0" });
server.registerTool("weather", {}, () => ({ content: [{ type: "text", text: "a secret answer" }] }));
await server.connect(new StdioServerTransport());
