import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { routes } from "../routes.js";

export const application = {
  title: "Express under PM2",
  packages: { pm2: "7.0.4", express: "5.1.0" },
  measured: "routes of the application, not of PM2",
  ready: "/",
  files: {
    "app.cjs": `
      const express = require("express");
      const app = express();
      app.get("/", (request, response) => response.send("hello"));
      app.get("/parts/:id", (request, response) => response.json({ id: request.params.id }));
      app.listen(process.env.PORT, "127.0.0.1", () => console.log("listening"));`,
  },
  // PM2 passes the flag to its processes, as in docs/group.md.
  passesFlag: true,
  before({ folder, port, flags }) {
    const app = {
      name: "shop",
      script: "app.cjs",
      exec_mode: "fork",
      node_args: flags,
      kill_timeout: 6_000,
      env: { PORT: port, OTEL_SERVICE_NAME: "shop" },
    };
    writeFileSync(
      join(folder, "ecosystem.config.cjs"),
      `module.exports = ${JSON.stringify({ apps: [app] })};`,
    );
  },
  command: () => ["node_modules/pm2/bin/pm2-runtime", "start", "ecosystem.config.cjs", "--raw"],
  environment: ({ folder }) => ({ PM2_HOME: join(folder, ".pm2"), PM2_DISABLE_VERSION_CHECK: "true" }),
  async drive(request) {
    for (let i = 0; i < 15; i++) {
      await request("GET", `/parts/${i}`);
      await request("GET", `/none/${i}`);
    }
  },
  series: { ...routes({ "GET /parts/:id": 15 }) },
};
