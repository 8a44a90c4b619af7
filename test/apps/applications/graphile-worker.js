import { setTimeout as pause } from "node:timers/promises";

export const application = {
  title: "graphile-worker",
  packages: { "graphile-worker": "0.17.3", pg: "8.23.1" },
  measured: "jobs, PostgreSQL and its pool",
  ready: "/?n=0",
  files: {
    "app.mjs": `
      import { createServer } from "node:http";
      import { makeWorkerUtils, run } from "graphile-worker";
      const connectionString = process.env.DATABASE_URL;
      await run({ connectionString, concurrency: 2, taskList: { mail: async ({ n }) => { if (n === 3) throw new Error("failed"); } } });
      const utils = await makeWorkerUtils({ connectionString });
      createServer(async (request, response) => {
        const n = Number(new URL(request.url, "http://local").searchParams.get("n"));
        await utils.addJob("mail", { n }, { maxAttempts: 1 });
        response.end("added");
      }).listen(process.env.PORT, "127.0.0.1");`,
  },
  command: () => ["app.mjs"],
  before({ emptyDatabase }) {
    emptyDatabase("graphile");
  },
  environment: ({ port, postgres }) => ({
    PORT: `${port}`,
    DATABASE_URL: `postgres://${postgres.user}@127.0.0.1:${postgres.port}/graphile`,
  }),
  async drive(request) {
    for (let i = 1; i < 30; i++) await request("GET", `/?n=${i}`);
    await pause(1_500);
  },
  series: {
    'messages_received_total{messaging_system_name="graphile_worker",messaging_destination_name="mail"}': 30,
    'db_client_operation_duration_seconds_count{db_namespace="graphile",db_operation_name="INSERT"}': true,
    'db_client_connection_count{db_client_connection_state="idle"}': true,
  },
};
