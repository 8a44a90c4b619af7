import { routes } from "../routes.js";

export const application = {
  title: "Restify",
  packages: { restify: "11.1.0" },
  measured: "routes",
  ready: "/",
  files: {
    "app.js": `
      const restify = require("restify");
      const server = restify.createServer();
      server.get("/", (request, response, next) => { response.send("restify"); next(); });
      server.get("/parts/:id", (request, response, next) => { response.send({ id: request.params.id }); next(); });
      server.listen(process.env.PORT, "127.0.0.1");`,
  },
  command: () => ["app.js"],
  environment: ({ port }) => ({ PORT: `${port}` }),
  async drive(request) {
    for (let i = 0; i < 15; i++) {
      await request("GET", `/parts/${i}`);
      await request("GET", `/none/${i}`);
    }
  },
  series: { ...routes({ "GET /parts/:id": 15 }) },
};
