import { routes } from "../routes.js";

export const application = {
  title: "Moleculer",
  packages: { moleculer: "0.14.36", "moleculer-web": "0.10.8" },
  measured: "routes, actions",
  ready: "/none",
  files: {
    "app.js": `
      const { ServiceBroker } = require("moleculer");
      const Api = require("moleculer-web");
      const broker = new ServiceBroker({ logger: false });
      broker.createService({
        name: "parts",
        actions: { get: { params: { id: "string" }, handler: ({ params }) => ({ id: params.id }) } },
        events: { "part.read"() {} },
      });
      broker.createService({
        name: "api",
        mixins: [Api],
        settings: { port: Number(process.env.PORT), ip: "127.0.0.1", routes: [{ path: "/", aliases: { "GET parts/:id": "parts.get" } }] },
      });
      broker.start();`,
  },
  command: () => ["app.js"],
  environment: ({ port }) => ({ PORT: `${port}` }),
  async drive(request) {
    for (let i = 0; i < 15; i++) await request("GET", `/parts/${i}`);
    await request("GET", "/none");
  },
  series: {
    ...routes({ "GET /parts/:id": 15 }),
    'rpc_server_call_duration_seconds_count{rpc_system_name="moleculer",rpc_method="parts/get"}': 15,
  },
};
