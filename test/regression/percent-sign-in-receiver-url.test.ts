// A percent sign that begins no escape made the constructor throw "URI malformed".
import { expect, test } from "vitest";
import { firing } from "../alerts/delivery/alerts-of.ts";
import { deliveryTo } from "../alerts/delivery/delivery-to.ts";
import { HttpServer } from "../alerts/delivery/http-server.ts";

test.each([
  ["ops:100%", "ops:100%"],
  ["o%20ps:p%40ss%", "o ps:p@ss%"],
  ["ops:%ff%41", "ops:%ff%41"],
])("the credentials %s of a receiver's URL are sent as %s", async (written, sent) => {
  const server = await HttpServer.start();
  const { clock, send } = deliveryTo({
    type: "webhook",
    url: server.url().replace("http://", `http://${written}@`),
  });
  await send([firing({}, clock.seconds)]);
  const { authorization = "" } = server.requests[0]?.headers ?? {};
  expect(Buffer.from(authorization.replace("Basic ", ""), "base64").toString()).toBe(sent);
});
