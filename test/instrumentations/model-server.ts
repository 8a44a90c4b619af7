// A server that speaks the protocols of model providers: JSON, and events of a stream. The clients are the real ones.
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { json } from "node:stream/consumers";
import { addressOf } from "../kit/address-of.ts";
import { reapLater } from "../kit/process.ts";

/** Responds to one request. */
export type Answer = (response: ServerResponse, body: unknown, request: IncomingMessage) => unknown;

/** A server for the time of a test file. It uses its responses one after the other, and the last one again and again. */
export class ModelServer {
  readonly #server: Server;
  readonly #answers: Answer[] = [];

  private constructor() {
    this.#server = createServer((request, response) => {
      void json(request)
        .catch(() => undefined)
        .then((body) => {
          const [answer] = this.#answers.length > 1 ? this.#answers.splice(0, 1) : this.#answers;
          return answer?.(response, body, request);
        });
    });
  }

  static async start(): Promise<ModelServer> {
    const server = new ModelServer();
    server.#server.listen(0, "127.0.0.1");
    await once(server.#server, "listening");
    reapLater(async () => {
      server.#server.closeAllConnections();
      server.#server.close();
    }, "file");
    return server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get port(): number {
    return addressOf(this.#server).port;
  }

  answer(...answers: readonly Answer[]): void {
    this.#answers.splice(0, this.#answers.length, ...answers);
  }
}

/** An answer in JSON. */
export function jsonAnswer(content: unknown, status = 200): Answer {
  return (response) =>
    response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(content));
}

/** The encoding of one chunk of a stream. */
export type Encode = (event: object | string) => string | Uint8Array;

/** Server-sent events. */
export const sse: Encode = (event) => {
  const type = typeof event === "object" && "type" in event ? `event: ${String(event.type)}\n` : "";
  return `${type}data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`;
};

/** A line of JSON for each chunk. */
export const lines: Encode = (event) => `${JSON.stringify(event)}\n`;

/** A stream of events; a number is a pause in milliseconds. */
export function streamAnswer(
  events: readonly (object | string | number)[],
  encode = sse,
  type = "text/event-stream",
): Answer {
  return async (response) => {
    response.writeHead(200, { "content-type": type });
    for (const event of events) {
      if (typeof event === "number") await new Promise((resolve) => setTimeout(resolve, event));
      else response.write(encode(event));
    }
    response.end();
  };
}
