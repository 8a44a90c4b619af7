import { routes } from "../routes.js";

export const application = {
  title: "AdonisJS",
  packages: {
    "@adonisjs/http-server": "7.8.1",
    "@adonisjs/application": "8.4.2",
    "@adonisjs/config": "5.0.3",
    "@adonisjs/encryption": "6.0.2",
    "@adonisjs/events": "9.0.2",
    "@adonisjs/fold": "10.2.1",
    "@adonisjs/logger": "6.0.7",
  },
  measured: "routes",
  ready: "/",
  files: {
    "app.mjs": `
      import { createServer } from "node:http";
      import { AppFactory } from "@adonisjs/application/factories";
      import "@adonisjs/http-server";
      import { ServerFactory } from "@adonisjs/http-server/factories";
      const app = new AppFactory().create(new URL("./", import.meta.url), () => {});
      await app.init();
      const server = new ServerFactory().merge({ app }).create();
      const router = server.getRouter();
      router.get("/", () => "adonis");
      router.get("/users/:id", ({ params }) => ({ id: params.id }));
      router.group(() => { router.get("/:order/items", () => "items"); }).prefix("/orders");
      router.get("/boom", () => { throw new Error("boom"); });
      await server.boot();
      createServer(server.handle.bind(server)).listen(process.env.PORT, "127.0.0.1");`,
  },
  command: () => ["app.mjs"],
  environment: ({ port }) => ({ PORT: `${port}` }),
  async drive(request) {
    for (let i = 0; i < 15; i++) {
      await request("GET", `/users/${i}`);
      await request("GET", `/orders/${i}/items`);
      await request("GET", `/none/${i}`);
    }
    await request("GET", "/boom");
  },
  series: { ...routes({ "GET /users/:id": 15, "GET /orders/:order/items": 15, "GET /boom": 1 }) },
};
