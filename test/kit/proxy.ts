/** A real HTTP proxy for tests, which forwards requests and opens tunnels, and can refuse on demand. Hosts of `.test` are this machine. */
import { once } from "node:events";
import { createServer, type IncomingMessage, request as send, type Server } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { addressOf } from "./address-of.ts";
import { reapLater } from "./process.ts";

/** The proxy. It stops when the test (or file) that started it ends. */
export interface TestProxy {
  /** Without user and password. */
  readonly url: string;
  /** The first lines of the requests, such as `CONNECT localhost:4318`, the oldest first. */
  readonly requests: readonly string[];
  /** Response to the next requests; a status refuses them, and `hang` never responds. */
  answer: "ok" | "hang" | number;
}

interface ProxyOptions {
  /** `user:password` that it demands. */
  readonly login?: string;
  readonly port?: number;
  readonly tls?: ServerOptions;
}

export async function testProxy({ login, port = 0, tls }: ProxyOptions = {}): Promise<TestProxy> {
  const requests: string[] = [];
  const sockets = new Set<Duplex>();
  const server: Server = tls === undefined ? createServer() : createTlsServer(tls);
  // Responds to requests that are not forwarded.
  const isForwarded = (request: IncomingMessage, refuse: (status: number) => void): boolean => {
    requests.push(`${request.method} ${request.url}`);
    if (proxy.answer === "hang") return false;
    const given = request.headers["proxy-authorization"];
    const isKnown = login === undefined || given === `Basic ${Buffer.from(login).toString("base64")}`;
    const status = isKnown ? proxy.answer : 407;
    if (status === "ok") return true;
    refuse(status);
    return false;
  };
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  });
  server.on("request", (request, response) => {
    const refuse = (status: number): void => {
      response.writeHead(status, { "Content-Type": "text/plain" });
      response.end(`refused: ${request.headers["proxy-authorization"]}`);
    };
    if (!isForwarded(request, refuse)) return;
    const { "proxy-authorization": _, ...headers } = request.headers;
    const url = request.url?.replace(/(?<=\/\/)\w+\.test(?=[:/])/, "127.0.0.1");
    const forwarded = send(url ?? "", { method: request.method, headers, agent: false });
    forwarded.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    forwarded.on("error", () => refuse(502));
    request.pipe(forwarded);
  });
  server.on("connect", (request: IncomingMessage, socket: Duplex) => {
    const respond = (status: string): void => void socket.write(`HTTP/1.1 ${status}\r\n\r\n`);
    if (!isForwarded(request, (status) => respond(`${status} Refused`))) return;
    const { hostname, port: targetPort } = new URL(`http://${request.url}`);
    const target = connect(Number(targetPort), hostname, () => {
      respond("200 OK");
      socket.pipe(target).pipe(socket);
    });
    target.on("error", () => socket.destroy());
    socket.on("error", () => target.destroy()).on("close", () => target.destroy());
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  reapLater(async () => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const url = `http${tls === undefined ? "" : "s"}://localhost:${addressOf(server).port}`;
  const proxy: TestProxy = { url, requests, answer: "ok" };
  return proxy;
}
