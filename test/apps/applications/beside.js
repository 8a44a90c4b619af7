import { routes } from "../routes.js";

// An application of Express beside another tool that patches libraries, which begins before the flag's own work or after it.
export function expressBeside({ title, packages, setup, environment = {} }) {
  return {
    title,
    packages: { express: "5.1.0", pg: "8.16.3", ...packages },
    measured: "routes, PostgreSQL, beside the other tool",
    ready: "/",
    files: {
      "app.cjs": `
        ${setup}
        const express = require("express");
        const { Pool } = require("pg");
        const pool = new Pool({ connectionString: process.env.PG_URL, max: 2 });
        const app = express();
        app.get("/", (request, response) => response.send("hello"));
        app.get("/parts/:id", async (request, response) => {
          const { rows } = await pool.query("SELECT $1::int AS id", [request.params.id]);
          response.json(rows[0]);
        });
        app.get("/boom", () => { throw new Error("boom"); });
        app.use((error, request, response, next) => response.status(500).send("failed"));
        const server = app.listen(process.env.PORT, "127.0.0.1");
        for (const signal of ["SIGTERM", "SIGINT"])
          process.once(signal, () => { server.close(); void pool.end(); server.closeAllConnections(); setTimeout(() => process.exit(0), 200).unref(); });`,
    },
    command: () => ["app.cjs"],
    environment: ({ port, postgres }) => ({
      PORT: `${port}`,
      PG_URL: `postgres://${postgres.user}@127.0.0.1:${postgres.port}/postgres`,
      ...environment,
    }),
    async drive(request) {
      for (let i = 0; i < 15; i++) {
        await request("GET", `/parts/${i}`);
        await request("GET", `/none/${i}`);
      }
      await request("GET", "/boom");
    },
    series: {
      ...routes({ "GET /parts/:id": 15, "GET /boom": 1 }),
      'db_client_operation_duration_seconds_count{db_operation_name="SELECT"}': 15,
    },
  };
}
