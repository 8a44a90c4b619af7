import { cpSync, symlinkSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { getRequestListener } from "@hono/node-server";
import { test } from "vitest";
import { newFolder } from "../../kit/new-folder.ts";
import { type Answer, answer, begin, end, expectRoutes } from "./expected-routes.ts";

// Imports here would be loaded before the instrumentation.
const require = createRequire(import.meta.url);

/** Express 4 under its own name, by which libraries are found. */
function express4() {
  const installed = dirname(require.resolve("express-4/package.json"));
  const folder = newFolder("express-4");
  symlinkSync(dirname(installed), join(folder, "node_modules"), "junction");
  cpSync(installed, join(folder, "own", "node_modules", "express"), { recursive: true });
  return createRequire(join(folder, "own", "x.js"))("express");
}

test("the routes of Hapi are those of its own patterns", async () => {
  const Hapi: typeof import("@hapi/hapi") = require("@hapi/hapi");
  const hapi = Hapi.server({ port: 0, host: "127.0.0.1" });
  hapi.route([
    { method: "GET", path: "/", handler: () => "hapi" },
    { method: "GET", path: "/parts/{id}", handler: ({ params }) => params },
    {
      method: "GET",
      path: "/boom",
      handler: () => {
        throw new Error("boom");
      },
    },
  ]);
  await hapi.start();
  await expectRoutes(hapi.listener, {
    "/": "200 /",
    "/parts/7": "200 /parts/{id}",
    "/boom": "500 /boom",
    "/none": "404 undefined",
  });
});

test("Express: all paths to a route, and requests that reach none", async () => {
  const express = require("express");
  const app = express();
  app.use("/private", (_: unknown, response: Answer) => response.status(401).end());
  app.get(["/a", "/b/:id"], answer);
  app.get(/^\/files\/(.*)$/, answer);
  app.route("/chain").get((_: unknown, __: unknown, next: () => void) => next(), answer);
  const inner = express.Router();
  inner.get("/", answer);
  inner.get("/skip", (_: unknown, __: unknown, next: (what: string) => void) => next("router"));
  inner.get("/fail", () => {
    throw new Error("failed");
  });
  const mounted = express();
  mounted.use("/inner", inner);
  app.use("/outer/", mounted);
  app.use(["/one", "/two"], inner);
  app.use(inner);
  app.get("/outer/inner/skip", answer);
  app.use((_: unknown, __: unknown, response: Answer, ___: unknown) => response.status(500).end());
  await expectRoutes(createServer(app), {
    "/private/1": "401 /private",
    "/a": "200 /a",
    "/files/x/y": "200 /^\\/files\\/(.*)$/",
    "/chain": "200 /chain",
    "/outer/inner": "200 /outer/inner",
    "/two": "200 /two",
    "/": "200 /",
    "/outer/inner/fail": "500 /outer/inner/fail",
    "/outer/inner/skip": "200 /outer/inner/skip",
    "/outer/none": "404 undefined",
  });
});

test.each(["Express 4", "Express 5"])(
  "%s: empty paths, lists of paths, and expressions below a prefix",
  async (name) => {
    const express = name === "Express 5" ? require("express") : express4();
    const app = express();
    const router = express.Router({ mergeParams: true });
    router.get("", answer);
    router.get(["/l1", "/l2/:id"], answer);
    router.get([["/deep"], /^\/x(\d+)$/], answer);
    router.get(/^\/c(\d+)$/, answer);
    router.get(/end$/, answer);
    app.param("shop", (_: unknown, __: unknown, next: () => void) => setImmediate(next));
    app.use(["/one", "/two/:shop"], router);
    app.use(/^\/re(\d)/, router);
    app.use("", router);
    await expectRoutes(createServer(app), {
      "/": "200 /",
      "/l2/3": "200 /l2/:id",
      "/c7": "200 /^\\/c(\\d+)$/",
      "/one": "200 /one",
      "/two/5?q=/one": "200 /two/:shop",
      "/two/5/l1": "200 /two/:shop/l1",
      "/one/l2/8": "200 /one/l2/:id",
      "/one/deep/": "200 /one/deep",
      "/one/x12": "200 /one/x(\\d+)",
      "/one/c12": "200 /one/c(\\d+)",
      "/one/the-end": "200 /one/.*end",
      "/re4/c12": "200 /re(\\d)/c(\\d+)",
      "/re4": "200 /re(\\d)",
      "/one/none": "404 undefined",
    });
  },
);

test.each(["Express 4", "Express 5"])(
  "%s: handlers that respond below the path of their mount",
  async (name) => {
    const express = name === "Express 5" ? require("express") : express4();
    type Next = (given?: unknown) => void;
    const pass = (_: unknown, __: unknown, next: Next): void => next();
    const app = express();
    app.get("/shop/graphql", pass);
    app.use("/shop", pass, (_: unknown, __: unknown, next: Next) => setImmediate(next));
    app.use("/shop/graphql", (_: unknown, response: Answer) => void setImmediate(() => response.end()));
    app.use("/fail", () => {
      throw new Error("failed");
    });
    app.use(["/list/:id", /^\/x(\d+)/, "/"], (request: { baseUrl: string }, response: Answer, next: Next) =>
      request.baseUrl === "" ? next() : response.end(),
    );
    const inner = express.Router();
    inner.use("/static", (_: unknown, response: Answer) => response.end());
    inner.get("/items/:item", answer);
    inner.get("/passed", pass);
    inner.use("/refused", (_: unknown, __: unknown, next: Next) => next("router"));
    inner.use(
      "/deep",
      express.Router().use("/est", (_: unknown, __: unknown, next: Next) => next(new Error("no"))),
    );
    app.use("/api/:version", inner);
    const mounted = express();
    mounted.use((_: unknown, response: Answer) => response.status(404).end());
    app.use("/mounted", mounted);
    app.use((_: unknown, __: unknown, response: Answer, ___: unknown) => response.status(500).end());
    await expectRoutes(createServer(app), {
      "/shop/graphql": "200 /shop/graphql",
      "/shop/graphql/more?x=1": "200 /shop/graphql",
      "/shop/none": "404 undefined",
      "/fail": "500 /fail",
      "/list/3/4": "200 /list/:id",
      "/x12": "200 /x(\\d+)",
      "/api/2/static/a.css": "200 /api/:version/static",
      "/api/2/items/3": "200 /api/:version/items/:item",
      "/api/2/passed": "404 /api/:version/passed",
      "/api/2/refused": "404 undefined",
      "/api/2/deep/est": "500 /api/:version/deep/est",
      "/mounted/any": "404 /mounted",
      "/none": "404 undefined",
    });
  },
);

test("Express: an application keeps its routes when the instrumentation is created again", async () => {
  const express = require("express");
  const app = express();
  const router = express.Router();
  router.get("/items/:item", answer);
  app.use("/shops/:shop", router);
  end();
  begin();
  await expectRoutes(createServer(app), { "/shops/3/items/4": "200 /shops/:shop/items/:item" });
});

test("Fastify: hooks that respond, handlers for unknown paths, and methods without a route", async () => {
  const { fastify }: typeof import("fastify") = require("fastify");
  const app = fastify();
  app.get("/users/:id", { onRequest: async (_, reply) => await reply.code(401).send() }, async () => "user");
  app.register(
    async (shop) => {
      shop.setNotFoundHandler(async (_, reply) => await reply.code(404).send());
      shop.get("/items/*", async () => "item");
    },
    { prefix: "/shop" },
  );
  await app.ready();
  await expectRoutes(app.server, {
    "/users/7": "401 /users/:id",
    "/shop/items/4/5": "200 /shop/items/*",
    "/shop/nothing": "404 undefined",
    "/%zz": "400 undefined",
  });
});

test("Koa: prefixes, patterns, and methods without a route", async () => {
  const Koa = require("koa");
  const { Router } = require("@koa/router");
  interface Context {
    body: string;
  }
  const found = (context: Context): void => void (context.body = "found");
  const router = new Router({ prefix: "/shops/:shop" });
  router.use((_: Context, next: () => Promise<void>) => next());
  router.get("/", found);
  router.post("/items", found);
  const inner = new Router();
  inner.get("/:item", found);
  router.use("/items", inner.routes());
  const patterns = new Router();
  patterns.get(/^\/files\/(.*)$/, found);
  const app = new Koa();
  for (const each of [router, patterns]) app.use(each.routes()).use(each.allowedMethods());
  await expectRoutes(createServer(app.callback()), {
    "/shops/3": "200 /shops/:shop",
    "/shops/3/items/4": "200 /shops/:shop/items/:item",
    "/shops/3/items": "405 undefined",
    "/files/x/y": "200 /^\\/files\\/(.*)$/",
    "/nothing": "404 undefined",
  });
});

test("Hono: base paths, validators, middleware that responds, and unknown paths", async () => {
  const { Hono }: typeof import("hono") = require("hono");
  const app = new Hono().basePath("/api");
  app.use(async (context, next) => {
    if (context.req.query("forbidden") !== undefined) return context.text("no", 403);
    return await next();
  });
  const shop = new Hono();
  shop.onError((_, context) => context.text("failed", 500));
  shop.get("/fail", () => {
    throw new Error("failed");
  });
  shop.get(
    "/items/:item",
    async (_, next) => await next(),
    (context) => context.text("item"),
  );
  shop.all("/any/*", (context) => context.text("any"));
  app.route("/shops/:shop", shop);
  const listener = getRequestListener(app.fetch);
  const server = createServer((request, response) => void listener(request, response));
  await expectRoutes(server, {
    "/api/shops/3/items/4": "200 /api/shops/:shop/items/:item",
    "/api/shops/3/fail": "500 /api/shops/:shop/fail",
    "/api/shops/3/any/4/5": "200 /api/shops/:shop/any/*",
    "/api/nothing?forbidden": "403 undefined",
    "/api/nothing": "404 undefined",
  });
});

// The notes of Next.js 16 for a production server, as seen in `npm run test:matrix -- next`.
test("Next.js: pages, handlers, errors, and requests without a page", async () => {
  const notes: Readonly<Record<string, object>> = {
    "/shop/a": {
      match: { definition: { kind: "APP_PAGE", pathname: "/shop/[slug]" } },
      invokeOutput: "/shop/[slug]",
    },
    "/api/1": {
      match: { definition: { kind: "PAGES_API", pathname: "/api/[id]" } },
      invokeOutput: "/api/[id]",
    },
    "/fails/1": { match: { definition: { pathname: "/_error" } }, invokeOutput: "/fails/[id]" },
    "/missing": { match: { definition: { pathname: "/_not-found" } }, invokeOutput: "" },
    "/lost": { match: { definition: { pathname: "/404" } }, invokeOutput: "/404" },
    "/blocked": { invokeOutput: "", middlewareInvoke: true },
    "/odd": { match: 7, invokeOutput: {} },
  };
  const next: RequestListener = (request, response) => {
    Reflect.set(request, Symbol.for("NextInternalRequestMeta"), notes[request.url ?? ""]);
    response.statusCode = request.url === "/fails/1" ? 500 : 200;
    response.end();
  };
  await expectRoutes(createServer(require("express")().use("/site", next).use(next)), {
    "/site/shop/a": "200 /shop/[slug]",
    "/site/lost": "200 /site",
    "/shop/a": "200 /shop/[slug]",
    "/api/1": "200 /api/[id]",
    "/fails/1": "500 /fails/[id]",
    "/missing": "200 undefined",
    "/lost": "200 undefined",
    "/blocked": "200 undefined",
    "/odd": "200 undefined",
  });
});
