import { once } from "node:events";
import { createServer } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { HttpSender, httpTarget } from "../../../src/readers/otlp/http-sender.ts";
import { packSync } from "../../../src/readers/delivery/attempt.ts";
import { addressOf } from "../../kit/address-of.ts";

test("a server that switches to another protocol has not accepted the request", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: tea\r\n\r\n");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = addressOf(server).port;
  const sender = new HttpSender(httpTarget({ url: `http://127.0.0.1:${port}/v1/metrics` }));
  onTestFinished(() => {
    sender.close();
    server.close();
  });
  const attempt = await sender.send(packSync(Buffer.from("request")), new AbortController().signal);
  expect(attempt).toMatchObject({ kind: "failed", errorType: "ECONNRESET" });
});
