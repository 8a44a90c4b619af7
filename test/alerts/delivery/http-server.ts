import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { onTestFinished } from "vitest";
import { addressOf } from "../../kit/address-of.ts";

/** A request that the server has received. */
export interface ReceivedRequest {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body, parsed. */
  readonly json: Record<string, unknown>;
}

/** Answer of the server; `hangs` never comes, `resets` closes the connection. */
export type Answer =
  | "hangs"
  | "resets"
  | { readonly status: number; readonly headers?: Record<string, string>; readonly text?: string };

/** A server for requests of receivers, until the end of the test. */
export class HttpServer {
  readonly requests: ReceivedRequest[] = [];
  /** Answer to the next requests. */
  answer: Answer = { status: 200 };
  readonly #waiting = new Set<() => void>();
  #port = 0;

  static async start(): Promise<HttpServer> {
    const server = new HttpServer();
    const http = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      request.on("end", () => {
        const json: Record<string, unknown> = body === "" ? {} : JSON.parse(body);
        server.requests.push({ path: request.url ?? "", headers: request.headers, body, json });
        const { answer } = server;
        if (answer === "resets") request.socket.destroy();
        else if (answer !== "hangs") {
          response.writeHead(answer.status, { "Content-Type": "text/plain", ...answer.headers });
          response.end(answer.text);
        }
        for (const look of server.#waiting) look();
      });
    }).listen(0, "127.0.0.1");
    await once(http, "listening");
    server.#port = addressOf(http).port;
    onTestFinished(() => {
      http.closeAllConnections();
      http.close();
    });
    return server;
  }

  url(path = "/"): string {
    return `http://127.0.0.1:${this.#port}${path}`;
  }

  /** Resolves once that many requests have come. */
  received(count: number): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (this.requests.length < count) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }
}
