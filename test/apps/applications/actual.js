import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { routes } from "../routes.js";

export const application = {
  title: "Actual's sync server",
  packages: { "@actual-app/sync-server": "25.6.0" },
  builds: ["better-sqlite3", "bcrypt"],
  measured: "routes, SQLite",
  ready: "/account/needs-bootstrap",
  before({ folder }) {
    rmSync(join(folder, "data"), { recursive: true, force: true });
    mkdirSync(join(folder, "data"));
  },
  command: () => ["node_modules/@actual-app/sync-server/build/bin/actual-server.js"],
  environment: ({ folder, port }) => ({
    ACTUAL_HOSTNAME: "127.0.0.1",
    ACTUAL_PORT: `${port}`,
    ACTUAL_DATA_DIR: join(folder, "data"),
    NODE_ENV: "production",
  }),
  async drive(request) {
    await request("POST", "/account/bootstrap", { json: { password: "abc123" } });
    const login = await request("POST", "/account/login", {
      json: { loginMethod: "password", password: "abc123" },
    });
    const headers = { "x-actual-token": login.json().data.token };
    for (let i = 0; i < 20; i++) {
      await request("GET", "/account/validate", { headers });
      await request("GET", "/sync/list-user-files", { headers });
    }
    await request("GET", "/info");
    await request("GET", "/health");
  },
  series: {
    ...routes({ "GET /account/validate": 20, "GET /sync/list-user-files": 20, "POST /account/login": 1 }),
    'db_client_operation_duration_seconds_count{db_system_name="sqlite",db_namespace="account.sqlite"}': true,
  },
};
