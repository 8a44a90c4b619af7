/** The runtime API of AWS Lambda: it hands out one event after the other, and takes the responses. */
import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { addressOf } from "../kit/address-of.ts";
import { reapLater } from "../kit/process.ts";

/** A running API. It ends with the test. */
export interface LambdaRuntime {
  /** For `AWS_LAMBDA_RUNTIME_API`. */
  readonly address: string;
  /** Passes an event to the function. Resolves to its response, before the function knows that it was taken. */
  invoke(event: string): Promise<string>;
}

const MOST_MILLIS = 10_000;

/** Serves on loopback. */
export async function startLambda(): Promise<LambdaRuntime> {
  const events: string[] = [];
  const responses: ((body: string) => void)[] = [];
  let waiting: ServerResponse | undefined;
  let count = 0;
  const deliver = (): void => {
    const event = waiting && events.shift();
    if (waiting === undefined || event === undefined) return;
    waiting
      .writeHead(200, {
        "lambda-runtime-aws-request-id": `request-${++count}`,
        "lambda-runtime-deadline-ms": String(Date.now() + MOST_MILLIS),
      })
      .end(event);
    waiting = undefined;
  };
  const server = createServer((request, response) => {
    if (request.url?.endsWith("/next") === true) {
      waiting = response;
      return deliver();
    }
    void text(request).then((body) => {
      responses.shift()?.(body);
      setImmediate(() => response.writeHead(202).end());
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  reapLater(async () => {
    server.close();
    server.closeAllConnections();
  });
  return {
    address: `127.0.0.1:${addressOf(server).port}`,
    invoke: (event) =>
      new Promise((resolve) => {
        responses.push(resolve);
        events.push(event);
        deliver();
      }),
  };
}
