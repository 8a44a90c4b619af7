import { routes } from "../routes.js";

export const application = {
  title: "fastify-cli",
  packages: { "fastify-cli": "8.0.2", fastify: "5.12.8" },
  measured: "routes",
  ready: "/",
  files: {
    "app.js": `
      module.exports = async (app, options) => {
        app.get("/", async () => ({ root: true }));
        app.get("/items/:id", async (request) => ({ id: request.params.id }));
        app.register(async (scoped) => scoped.post("/:id/boom", async () => { throw new Error("boom"); }), { prefix: "/items" });
      };`,
  },
  command: ({ port }) => [
    "node_modules/fastify-cli/cli.js",
    "start",
    "-p",
    `${port}`,
    "-a",
    "127.0.0.1",
    "-l",
    "info",
    "app.js",
  ],
  async drive(request) {
    for (let i = 0; i < 15; i++) {
      await request("GET", `/items/${i}`);
      await request("GET", `/none/${i}`);
    }
    await request("POST", "/items/3/boom");
  },
  series: {
    ...routes({ "GET /items/:id": 15, "POST /items/:id/boom": 1 }),
  },
};
