import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { beforeAll, expect, test, vi } from "vitest";
import { samples } from "../instrumentations/applications.ts";
import { application, packedProject } from "../kit/packed-project.ts";
import { freePort, runNode, scrape } from "../kit/process.ts";
import { isLong, waitMillis } from "../kit/test-length.ts";

beforeAll(packedProject);

const modules = resolve(import.meta.dirname, "..", "..", "node_modules");

// Each application responds to /users/7 by a route of its own, and to /shops/3/items/4 by one of a router at
// /shops/:shop. It fails at /broken and has no other route. `listen` is defined.
const express = `
  const app = express();
  app.use((request, response, next) => next());
  const shop = express.Router({ mergeParams: true });
  shop.get("/", (request, response) => response.send("shop"));
  shop.get("/items/:item", (request, response) => response.send("item"));
  app.get("/users/:id", (request, response) => response.send("user"));
  app.use("/shops/:shop", shop);
  app.get("/broken", () => { throw new Error("broken"); });
  app.use((error, request, response, next) => void response.status(500).send("broken"));
  listen(app.listen(0, "127.0.0.1"));`;

interface Framework {
  readonly imports: readonly (readonly [names: string, from: string])[];
  readonly program: string;
  /** Packages installed for it, by their names in our own tree. */
  readonly packages: Readonly<Record<string, string>>;
}

const frameworks: Readonly<Record<string, Framework>> = {
  "Express 5": { imports: [["express", "express"]], program: express, packages: own("express") },
  "Express 4": { imports: [["express", "express"]], program: express, packages: { express: "express-4" } },
  Fastify: {
    imports: [["{ fastify }", "fastify"]],
    packages: own("fastify"),
    program: `
      const app = fastify();
      app.get("/users/:id", async () => "user");
      app.register(async (shop) => {
        shop.get("/", async () => "shop");
        shop.get("/items/:item", async () => "item");
      }, { prefix: "/shops/:shop" });
      app.get("/broken", async () => { throw new Error("broken"); });
      await app.listen({ port: 0, host: "127.0.0.1" });
      listen(app.server);`,
  },
  Koa: {
    imports: [
      ["Koa", "koa"],
      ["{ Router }", "@koa/router"],
    ],
    packages: own("koa", "@koa/router"),
    program: `
      const app = new Koa();
      app.silent = true;
      const shop = new Router();
      shop.get("/", (context) => void (context.body = "shop"));
      shop.get("/items/:item", (context) => void (context.body = "item"));
      const router = new Router();
      router.get("/users/:id", (context) => void (context.body = "user"));
      router.get("/broken", () => { throw new Error("broken"); });
      router.use("/shops/:shop", shop.routes());
      app.use((context, next) => next()).use(router.routes());
      listen(app.listen(0, "127.0.0.1"));`,
  },
  Hono: {
    imports: [
      ["{ Hono }", "hono"],
      ["{ serve }", "@hono/node-server"],
    ],
    packages: own("hono", "@hono/node-server"),
    program: `
      const app = new Hono();
      app.use(async (context, next) => await next());
      const shop = new Hono();
      shop.get("/", (context) => context.text("shop"));
      shop.get("/items/:item", (context) => context.text("item"));
      app.get("/users/:id", (context) => context.text("user"));
      app.route("/shops/:shop", shop);
      app.get("/broken", () => { throw new Error("broken"); });
      app.onError((error, context) => context.text("broken", 500));
      const server = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" });
      listen(server);`,
  },
  NestJS: {
    imports: [
      ["{ Controller, Get, Module }", "@nestjs/common"],
      ["{ NestFactory }", "@nestjs/core"],
    ],
    packages: own("@nestjs/common", "@nestjs/core", "@nestjs/platform-express", "reflect-metadata"),
    program: `
      class Users {
        user() { return "user"; }
        broken() { throw new Error("broken"); }
      }
      Controller()(Users);
      route(Users, "users/:id", "user");
      route(Users, "broken", "broken");
      class Shop {
        shop() { return "shop"; }
        item() { return "item"; }
      }
      Controller("shops/:shop")(Shop);
      route(Shop, "/", "shop");
      route(Shop, "items/:item", "item");
      class Application {}
      Module({ controllers: [Users, Shop] })(Application);
      function route(controller, path, method) {
        const { prototype } = controller;
        Get(path)(prototype, method, Object.getOwnPropertyDescriptor(prototype, method));
      }
      const app = await NestFactory.create(Application, { logger: false });
      await app.listen(0, "127.0.0.1");
      listen(app.getHttpServer());`,
  },
};

function own(...names: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(names.map((name) => [name, name]));
}

const listen = `
  function listen(server) {
    const tell = () => console.log("listens at", server.address().port);
    if (server.listening) tell();
    else server.once("listening", tell);
  }`;

function sources({
  imports,
  program,
}: Pick<Framework, "imports" | "program">): Readonly<Record<string, string>> {
  const imported = imports.map(([names, from]) => `import ${names} from "${from}";`);
  const required = imports.map(([names, from]) => `const ${names} = require("${from}");`);
  return {
    "app.mjs": [...imported, listen, program].join("\n"),
    "app.cjs": [...required, listen, `async function run() {${program}}`, "void run();"].join("\n"),
  };
}

// From our own tree. A package under another name is copied, because hooks identify it by its folder.
function install(cwd: string, name: string, ofOurs: string): void {
  const folder = join(cwd, "node_modules", name);
  mkdirSync(dirname(folder), { recursive: true });
  if (name === ofOurs) return symlinkSync(join(modules, name), folder, "junction");
  cpSync(join(modules, ofOurs), folder, { recursive: true });
  for (const dependency of dependenciesWithin(folder)) {
    if (existsSync(join(cwd, "node_modules", dependency)) || !existsSync(join(modules, dependency))) continue;
    install(cwd, dependency, dependency);
  }
}

function dependenciesWithin(folder: string): readonly string[] {
  const manifests = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((path) =>
    path.endsWith("package.json"),
  );
  return manifests.flatMap((path) => {
    const { dependencies }: { dependencies?: object } = JSON.parse(readFileSync(join(folder, path), "utf8"));
    return Object.keys(dependencies ?? {});
  });
}

interface Started {
  readonly url: string;
  /** Samples of the recorded measurements, once there are `count` in all: labels and value. */
  readonly recorded: (side: "server" | "client", count: number) => Promise<readonly string[]>;
}

async function started(framework: Framework, program: string): Promise<Started> {
  const cwd = await application(sources(framework));
  for (const [name, ofOurs] of Object.entries(framework.packages)) install(cwd, name, ofOurs);
  const port = await freePort();
  const child = runNode({
    cwd,
    args: ["--import", "tachymeter/register", program],
    env: { OTEL_EXPORTER_PROMETHEUS_PORT: `${port}` },
    openInput: true,
  });
  const [, at] = await child.waitForOutput(/listens at (\d+)/);
  await child.waitForOutput(/Prometheus endpoint/);
  return {
    url: `http://127.0.0.1:${at}`,
    recorded: async (side, count) =>
      await vi.waitFor(
        async () => {
          const name = `http_${side}_request_duration_seconds_count`;
          const found = samples(await scrape(`http://127.0.0.1:${port}/metrics`), name);
          expect(found.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0)).toBe(count);
          return found.map((line) => line.slice(name.length)).toSorted();
        },
        { timeout: waitMillis },
      ),
  };
}

interface Expected {
  readonly count: number;
  readonly method?: string;
  readonly route?: string;
  readonly status: number;
}

function sample({ count, method = "GET", route, status }: Expected): string {
  const labels = [
    ...(status >= 500 ? [`error_type="${status}"`] : []),
    `http_request_method="${method}"`,
    `http_response_status_code="${status}"`,
    ...(route === undefined ? [] : [`http_route="${route}"`]),
    `network_protocol_version="1.1"`,
    `url_scheme="http"`,
  ];
  return `{${labels.join(",")}} ${count}`;
}

async function askAll(url: string): Promise<void> {
  const paths = ["/users/7", "/users/8?a=b", "/shops/3", "/shops/3/items/4", "/broken", "/missing"];
  for (const path of paths) await (await fetch(url + path)).text();
  await (await fetch(`${url}/nothing`, { method: "PURGE" })).text();
}

const unknown = [sample({ count: 1, status: 404 }), sample({ count: 1, method: "_OTHER", status: 404 })];

const programs = ["app.mjs", "app.cjs"];
// In the short form both programs for a library of CommonJS and for one of ES modules, and for the others in turn.
const programsOf = (name: string, index: number): readonly string[] =>
  isLong || name === "Express 5" || name === "Hono" ? programs : programs.slice(index % 2).slice(0, 1);

test.each(
  Object.entries(frameworks).flatMap(([name, framework], index) =>
    programsOf(name, index).map((program) => ({ name, framework, program })),
  ),
)("with $name in $program, durations have routes, never paths", async ({ framework, program }) => {
  const { url, recorded } = await started(framework, program);
  await askAll(url);
  expect(await recorded("server", 7)).toEqual(
    [
      sample({ count: 2, route: "/users/:id", status: 200 }),
      sample({ count: 1, route: "/shops/:shop", status: 200 }),
      sample({ count: 1, route: "/shops/:shop/items/:item", status: 200 }),
      sample({ count: 1, route: "/broken", status: 500 }),
      ...unknown,
    ].toSorted(),
  );
});

const plain: Framework = {
  imports: [["{ createServer, get }", "node:http"]],
  packages: {},
  program: `
    const statuses = { "/broken": 500, "/missing": 404 };
    const app = createServer((request, response) => {
      response.writeHead(request.method === "GET" ? (statuses[request.url] ?? 200) : 404).end();
      if (request.url !== "/ask") return;
      const url = "http://127.0.0.1:" + app.address().port;
      get(url + "/missing", (response) => response.resume());
      void fetch(url + "/users/7").then((response) => response.text());
    });
    listen(app.listen(0, "127.0.0.1"));`,
};

test.each(["app.mjs", "app.cjs"])(
  "without a framework, %s has durations of both sides, and no routes",
  async (program) => {
    const { url, recorded } = await started(plain, program);
    await askAll(url);
    expect(await recorded("server", 7)).toEqual(
      [sample({ count: 4, status: 200 }), sample({ count: 1, status: 500 }), ...unknown].toSorted(),
    );
    await (await fetch(`${url}/ask`)).text();
    const to = `server_address="127.0.0.1",server_port="${new URL(url).port}"`;
    expect(await recorded("client", 2)).toEqual([
      `{error_type="404",http_request_method="GET",http_response_status_code="404",network_protocol_version="1.1",${to}} 1`,
      `{http_request_method="GET",http_response_status_code="200",${to}} 1`,
    ]);
  },
);

const upstream = ["@opentelemetry/instrumentation-http", "@opentelemetry/instrumentation-undici"] as const;

test.each([
  { beside: "that of http", installed: [upstream[0]] },
  { beside: "that of undici", installed: [upstream[1]] },
  { beside: "both of OpenTelemetry's instrumentations", installed: upstream },
])("beside $beside, each request is recorded once", async ({ installed }) => {
  const { url, recorded } = await started({ ...plain, packages: own(...installed) }, "app.mjs");
  await (await fetch(`${url}/ask`)).text();
  expect(await recorded("server", 3)).toHaveLength(2);
  expect(await recorded("client", 2)).toHaveLength(2);
});

// As with a package manager that installs each package beside its dependents only.
test("beside an instrumentation that only a dependency can reach, each request is recorded once", async () => {
  const packages = Object.fromEntries(upstream.map((name) => [`telemetry/node_modules/${name}`, name]));
  const program = `
    const { HttpInstrumentation } = require("./node_modules/telemetry/node_modules/${upstream[0]}");
    const { UndiciInstrumentation } = require("./node_modules/telemetry/node_modules/${upstream[1]}");
    const theirs = [new HttpInstrumentation(), new UndiciInstrumentation()];
    const { createServer, get } = require("node:http");
    ${plain.program}`;
  const { url, recorded } = await started({ imports: [], packages, program }, "app.cjs");
  await (await fetch(`${url}/ask`)).text();
  expect(await recorded("server", 3)).toHaveLength(2);
  expect(await recorded("client", 2)).toHaveLength(2);
});
