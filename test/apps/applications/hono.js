import { routes } from "../routes.js";

export const application = {
  title: "Hono",
  packages: { hono: "4.13.19", "@hono/node-server": "2.1.9" },
  measured: "routes",
  ready: "/",
  files: {
    "app.mjs": `
      import { serve } from "@hono/node-server";
      import { Hono } from "hono";
      const shop = new Hono().get("/:id", (context) => context.text("part " + context.req.param("id")));
      const app = new Hono();
      app.use("*", async (context, next) => next());
      app.get("/", (context) => context.text("hello"));
      app.get("/api/items/:id", (context) => context.json({ id: context.req.param("id") }));
      app.get("/boom", () => { throw new Error("boom"); });
      app.route("/shop", shop);
      const server = serve({ fetch: app.fetch, port: Number(process.env.PORT), hostname: "127.0.0.1" });
      process.on("SIGTERM", () => server.close(() => process.exit(0)));`,
  },
  command: () => ["app.mjs"],
  environment: ({ port }) => ({ PORT: `${port}` }),
  async drive(request) {
    for (let i = 0; i < 15; i++) {
      await request("GET", `/api/items/${i}`);
      await request("GET", `/shop/${i}`);
      await request("GET", `/none/${i}`);
    }
    await request("GET", "/boom");
  },
  series: {
    ...routes({ "GET /api/items/:id": 15, "GET /shop/:id": 15, "GET /boom": 1 }),
  },
};
