// The two ways of the Model Context Protocol to the tools: standard input and output, and HTTP.
import { createMcpHandler } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";
import type { Asked } from "./asked.ts";
import { askedAt } from "./at-place.ts";
import { mcpServer } from "./server.ts";

/** Serves the tools until standard input ends. Those that change silences only if allowed. Returns the exit code. */
export async function serve(place: string, maySilence: boolean): Promise<number> {
  const server = mcpServer(askedAt(place), maySilence);
  const transport = new StdioServerTransport();
  const ended = new Promise<void>((resolve) => {
    process.stdin.once("end", resolve).once("close", resolve);
  });
  await server.connect(transport);
  await ended;
  await server.close();
  return 0;
}

interface HttpQuestion {
  readonly request: Request;
  /** The message in its body. */
  readonly body: unknown;
  readonly maySilence: boolean;
}

/** Resolves to the response to one request. Nothing is kept between two requests, and no stream stays open. */
export async function respondOverHttp(
  asked: Asked,
  { request, body, maySilence }: HttpQuestion,
): Promise<Response> {
  const handler = createMcpHandler(() => mcpServer(asked, maySilence), {
    maxSubscriptions: 0,
    keepAliveMs: 0,
  });
  return handler.fetch(request, { parsedBody: body });
}
