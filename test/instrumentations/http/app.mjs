// An uninstrumented application: one request to a server of each framework. Runs until its standard input closes.
import { once } from "node:events";
import { serve } from "@hono/node-server";
import { Router } from "@koa/router";
import express from "express";
import fastify from "fastify";
import { Hono } from "hono";
import Koa from "koa";

const shop = express.Router();
shop.get("/express/:id", (request, response) => void response.send("express"));
const ofExpress = express().use("/shop", shop).listen(0, "127.0.0.1");

const router = new Router({ prefix: "/shop" });
router.get("/koa/:id", (context) => {
  context.body = "koa";
});
const ofKoa = new Koa().use(router.routes()).listen(0, "127.0.0.1");

const app = fastify();
app.get("/shop/fastify/:id", () => "fastify");
await app.listen({ host: "127.0.0.1", port: 0 });

const hono = new Hono();
hono.get("/shop/hono/:id", (context) => context.text("hono"));
const ofHono = serve({ fetch: hono.fetch, hostname: "127.0.0.1", port: 0 });

const servers = { express: ofExpress, koa: ofKoa, fastify: app.server, hono: ofHono };
for (const [name, server] of Object.entries(servers)) {
  if (!server.listening) await once(server, "listening");
  const response = await fetch(`http://127.0.0.1:${server.address().port}/shop/${name}/1`);
  if ((await response.text()) !== name) throw new Error(`${name} has not answered`);
}
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => {
  for (const server of Object.values(servers)) {
    server.close();
    server.closeAllConnections();
  }
});
