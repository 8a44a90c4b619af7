import { routes } from "../routes.js";

export const application = {
  title: "Feathers",
  packages: {
    "@feathersjs/feathers": "5.0.50",
    "@feathersjs/express": "5.0.50",
  },
  measured: "routes",
  ready: "/messages",
  files: {
    "app.cjs": `
      const { feathers } = require("@feathersjs/feathers");
      const express = require("@feathersjs/express");
      const app = express.default(feathers());
      app.use(express.json());
      app.configure(express.rest());
      app.use("messages", {
        async find() { return []; },
        async get(id) { if (id === "9") throw new Error("boom"); return { id }; },
        async create(data) { return data; },
      });
      app.use(express.errorHandler({ logger: false, html: false }));
      app.listen(process.env.PORT, "127.0.0.1");`,
  },
  command: () => ["app.cjs"],
  environment: ({ port }) => ({ PORT: `${port}`, NODE_ENV: "production" }),
  async drive(request) {
    for (let i = 0; i < 10; i++) {
      await request("GET", `/messages/${i}`);
      await request("GET", "/messages");
      await request("GET", `/none/${i}`);
    }
  },
  series: {
    ...routes({ "GET /messages": 11, "GET /messages/:id": 10 }),
  },
};
