import { rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { routes } from "../routes.js";

export const application = {
  title: "n8n",
  packages: { n8n: "1.123.81" },
  // Its own version is not in npm.
  overrides: { xlsx: "0.18.5" },
  measured: "routes, PostgreSQL, the metrics of its prom-client",
  // It has random identifiers.
  isVarying: (request) => request === "POST /rest/owner/setup",
  promClient: "/metrics",
  ready: "/rest/settings",
  isReady: ({ status }, text) => status === 200 && text.startsWith("{"),
  before({ folder, emptyDatabase }) {
    rmSync(join(folder, "home"), { recursive: true, force: true });
    emptyDatabase("n8n");
  },
  command: () => ["node_modules/n8n/bin/n8n", "start"],
  environment: ({ folder, port, postgres }) => ({
    DB_TYPE: "postgresdb",
    DB_POSTGRESDB_HOST: "127.0.0.1",
    DB_POSTGRESDB_PORT: `${postgres.port}`,
    DB_POSTGRESDB_DATABASE: "n8n",
    DB_POSTGRESDB_USER: postgres.user,
    DB_POSTGRESDB_PASSWORD: "none",
    N8N_PORT: `${port}`,
    N8N_LISTEN_ADDRESS: "127.0.0.1",
    N8N_EXPRESSION_ENGINE: "legacy",
    N8N_METRICS: "true",
    N8N_METRICS_INCLUDE_API_ENDPOINTS: "true",
    N8N_DIAGNOSTICS_ENABLED: "false",
    N8N_VERSION_NOTIFICATIONS_ENABLED: "false",
    N8N_TEMPLATES_ENABLED: "false",
    N8N_USER_FOLDER: join(folder, "home"),
    N8N_RUNNERS_ENABLED: "false",
    N8N_SECURE_COOKIE: "false",
    N8N_PERSONALIZATION_ENABLED: "false",
  }),
  async drive(request) {
    const browser = { "browser-id": "one" };
    const owner = { email: "a@example.com", firstName: "A", lastName: "B", password: "Passw0rd1" };
    const { response } = await request("POST", "/rest/owner/setup", { headers: browser, json: owner });
    const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);
    const headers = { ...browser, cookie: cookies.join("; ") };
    const made = await request("POST", "/rest/workflows", { headers, json: WORKFLOW });
    const { id, versionId } = made.json().data;
    await request("PATCH", `/rest/workflows/${id}`, { headers, json: { active: true, versionId } });
    await pause(1_000);
    for (let i = 0; i < 15; i++) await request("GET", `/webhook/items/hook/${i}`);
    for (let i = 0; i < 5; i++) {
      await request("GET", "/rest/workflows", { headers });
      await request("GET", `/rest/nope/${i}`, { headers });
    }
    await request("GET", "/healthz");
  },
  series: {
    ...routes({ "PATCH /rest/workflows/:workflowId": 1, "GET /webhook/*path": 15, "GET /rest/workflows": 5 }),
    'db_client_operation_duration_seconds_count{db_namespace="n8n",db_operation_name="SELECT"}': true,
  },
};

const node = (id, name, type, typeVersion, parameters) => ({
  id,
  name,
  type: `n8n-nodes-base.${type}`,
  typeVersion,
  position: [0, 0],
  parameters: { options: {}, ...parameters },
});
const WORKFLOW = {
  name: "items",
  active: false,
  settings: {},
  connections: { Webhook: { main: [[{ node: "Set", type: "main", index: 0 }]] } },
  nodes: [
    {
      ...node("1", "Webhook", "webhook", 2, { path: "hook/:id", responseMode: "lastNode" }),
      webhookId: "items",
    },
    node("2", "Set", "set", 3.4, {
      assignments: { assignments: [{ id: "x", name: "a", value: "b", type: "string" }] },
    }),
  ],
};
