import { routes } from "../routes.js";

export const application = {
  title: "Hapi",
  packages: { "@hapi/hapi": "21.4.10" },
  measured: "routes",
  ready: "/",
  files: {
    "app.js": `
      const Hapi = require("@hapi/hapi");
      const server = Hapi.server({ port: Number(process.env.PORT), host: "127.0.0.1" });
      server.route([
        { method: "GET", path: "/", handler: () => "hapi" },
        { method: "GET", path: "/parts/{id}", handler: ({ params }) => params },
        { method: "GET", path: "/boom", handler: () => { throw new Error("boom"); } },
      ]);
      server.start();
      process.on("SIGTERM", () => server.stop());`,
  },
  command: () => ["app.js"],
  environment: ({ port }) => ({ PORT: `${port}` }),
  async drive(request) {
    for (let i = 0; i < 15; i++) {
      await request("GET", `/parts/${i}`);
      await request("GET", `/none/${i}`);
    }
    await request("GET", "/boom");
  },
  series: { ...routes({ "GET /parts/{id}": 15, "GET /boom": 1 }) },
};
