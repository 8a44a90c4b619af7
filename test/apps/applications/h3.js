import { routes } from "../routes.js";

export const application = {
  title: "h3",
  packages: { h3: "1.15.11" },
  measured: "routes",
  ready: "/",
  files: {
    "app.mjs": `
      import { createServer } from "node:http";
      import { createApp, createRouter, eventHandler, toNodeListener, useBase } from "h3";
      const orders = createRouter().get("/:id", eventHandler((event) => "order " + event.context.params.id));
      const router = createRouter()
        .get("/", eventHandler(() => "h3"))
        .get("/items/:id", eventHandler((event) => ({ id: event.context.params.id })))
        .get("/boom", eventHandler(() => { throw new Error("boom"); }))
        .use("/orders/**", useBase("/orders", orders.handler));
      const shop = createRouter().get("/parts/:id", eventHandler(() => "part"));
      const app = createApp().use("/shop", shop.handler).use(router);
      createServer(toNodeListener(app)).listen(process.env.PORT, "127.0.0.1");`,
  },
  command: () => ["app.mjs"],
  environment: ({ port }) => ({ PORT: `${port}` }),
  async drive(request) {
    for (let i = 0; i < 15; i++) {
      await request("GET", `/items/${i}`);
      await request("GET", `/orders/${i}`);
      await request("GET", `/shop/parts/${i}`);
      await request("GET", `/none/${i}`);
    }
    await request("GET", "/boom");
  },
  series: {
    ...routes({
      "GET /items/:id": 15,
      "GET /orders/:id": 15,
      "GET /shop/parts/:id": 15,
      "GET /boom": 1,
    }),
  },
};
