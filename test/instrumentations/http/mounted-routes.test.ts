import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createRequire } from "node:module";
import { expect, onTestFinished, test, vi } from "vitest";
import { type Answer, answer, begin, end, expectRoutes } from "./expected-routes.ts";

// Imports here would be loaded before the instrumentation.
const require = createRequire(import.meta.url);

test("Polka: applications that are mounted, and requests that reach no route", async () => {
  const polka = require("polka");
  const items = polka();
  items.get("/", answer);
  items.get("/:item", answer);
  const app = polka();
  app.use((request: { url: string }, _: unknown, next: () => void) => {
    // No prefix comes from here.
    if (request.url === "/rewritten/5") request.url = "/";
    next();
  });
  app.get("/", answer);
  app.get("/users/:id", answer);
  app.get("rewritten/:id", answer);
  app.use("items", items);
  app.use("/assets", answer);
  await expectRoutes(createServer(app.handler), {
    "/": "200 /",
    "/users/4?x=1": "200 /users/:id",
    "/items/3": "200 /items/:item",
    "/items?x=1": "200 /items",
    "/rewritten/5": "200 /rewritten/:id",
    "/assets/3": "200 undefined",
    "/none/1": "404 undefined",
  });
});

test("Express: layers that are added while nothing records are known to the next recording", async () => {
  const express = require("express");
  const [app, router] = [express(), express.Router()];
  app.use("/api", router);
  end();
  router.get("/items/:id", answer);
  app.use("/v2", express.Router().get("/items/:id", answer));
  begin();
  await expectRoutes(createServer(app), {
    "/api/items/3": "200 /api/items/:id",
    "/v2/items/3": "200 /v2/items/:id",
    "/api/none": "404 undefined",
  });
});

test("Express: a method that another library puts on the prototype of layers is called, too", async () => {
  const express = require("express");
  const router = express.Router().get("/items/:id", answer);
  const prototype = Object.getPrototypeOf(router.stack[0]);
  const name = "handleRequest" in prototype ? "handleRequest" : "handle_request";
  const original = prototype[name];
  const seen = vi.fn<(isRoute: boolean) => void>();
  prototype[name] = function (this: { route?: object }, ...args: readonly unknown[]): unknown {
    seen(this.route !== undefined);
    return Reflect.apply(original, this, args);
  };
  onTestFinished(() => void (prototype[name] = original));
  await expectRoutes(createServer(express().use(router)), { "/items/3": "200 /items/:id" });
  expect(seen).toHaveBeenCalledWith(true);
});

test("h3: within the mount of another framework, its parameter stays a pattern", async () => {
  const { createApp, createRouter, eventHandler, toNodeListener } = require("h3");
  const router = createRouter();
  router.get(
    "/items/:item",
    eventHandler(() => "item"),
  );
  const app = createApp();
  app.use(router);
  const listener: RequestListener = toNodeListener(app);
  const express = require("express")().use("/shops/:shop", listener).use("/api", listener);
  await expectRoutes(createServer(express), {
    "/shops/9/items/3": "200 /shops/:shop/items/:item",
    "/api/items/3": "200 /api/items/:item",
    "/shops/9/none": "404 undefined",
  });
});

// The fields of Feathers 5, as seen in `npm run test:apps -- feathers`.
test.each(["Express", "Koa"])(
  "Feathers on %s: paths of services, with and without an identifier",
  async (name) => {
    const messages = {};
    const app = Object.assign(() => {}, { services: { "users/:user/messages": messages } });
    const lookups: Readonly<Record<string, object>> = {
      "/users/1/messages": { service: messages, params: { user: "1" } },
      "/users/1/messages/2": { service: messages, params: { user: "1", __id: "2" } },
      "/unknown": { service: {}, params: {} },
    };
    const koa = new (require("koa"))();
    koa.use((context: { path: string; body: string }) =>
      Object.assign(context, { body: "found", app, lookup: lookups[context.path] }),
    );
    const feathers: RequestListener = (request, response) => {
      Object.assign(request, { app, lookup: lookups[request.url ?? ""] });
      response.end();
    };
    await expectRoutes(createServer(name === "Koa" ? koa.callback() : feathers), {
      "/users/1/messages": "200 /users/:user/messages",
      "/users/1/messages/2": "200 /users/:user/messages/:id",
      "/unknown": "200 undefined",
    });
  },
);

test("Koa: applications within it, of Koa or Express, with a route of their own and without", async () => {
  interface Context {
    readonly path: string;
    readonly req: IncomingMessage;
    readonly res: ServerResponse;
    respond: boolean;
    body: string;
  }
  const Koa = require("koa");
  const Router = require("@koa/router");
  const express = require("express")();
  // Koa begins with 404.
  express.get("/express/:id", (_: unknown, response: Answer) => response.status(200).end());
  const within = new Koa();
  within.use(new Router().get("/koa/:id", (context: Context) => void (context.body = "found")).routes());
  within.use((context: Context) => void (context.body = "unrouted"));
  const listeners: Readonly<Record<string, RequestListener>> = { express, koa: within.callback() };
  const pass = (context: Context): void => {
    context.respond = false;
    listeners[context.path.split("/")[1] ?? ""]?.(context.req, context.res);
  };
  const app = new Koa();
  app.use(new Router().all("/koa/outer/*rest", pass).routes());
  app.use(pass);
  await expectRoutes(createServer(app.callback()), {
    "/express/3": "200 /express/:id",
    "/koa/3": "200 /koa/:id",
    "/koa/outer/x": "200 /koa/outer/*rest",
  });
});
