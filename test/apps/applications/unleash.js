import { routes } from "../routes.js";
const ADMIN = "*:*.unleash-insecure-admin-api-token";
const CLIENT = "default:development.unleash-insecure-api-token";

export const application = {
  title: "Unleash",
  packages: { "unleash-server": "6.10.1" },
  measured: "routes, PostgreSQL, the metrics of its prom-client",
  // When a flag was last seen.
  isVarying: (request) => request.includes("/features/flag"),
  promClient: "/internal-backstage/prometheus",
  ready: "/health",
  isReady: ({ status }) => status === 200,
  command: () => ["node_modules/unleash-server/dist/server.js"],
  before({ emptyDatabase }) {
    emptyDatabase("unleash");
  },
  environment: ({ port, postgres }) => ({
    DATABASE_URL: `postgres://${postgres.user}@127.0.0.1:${postgres.port}/unleash`,
    DATABASE_SSL: "false",
    HTTP_HOST: "127.0.0.1",
    HTTP_PORT: `${port}`,
    LOG_LEVEL: "warn",
    SEND_TELEMETRY: "false",
    CHECK_VERSION: "false",
    INIT_ADMIN_API_TOKENS: ADMIN,
    INIT_CLIENT_API_TOKENS: CLIENT,
  }),
  async drive(request) {
    const admin = { authorization: ADMIN };
    const client = { authorization: CLIENT, "UNLEASH-APPNAME": "shop" };
    await request("GET", "/api/admin/projects", { headers: admin });
    for (let i = 0; i < 10; i++) {
      const json = { name: `flag${i}`, type: "release" };
      await request("POST", "/api/admin/projects/default/features", { headers: admin, json });
    }
    for (let i = 0; i < 20; i++) {
      await request("GET", `/api/admin/projects/default/features/flag${i}`, { headers: admin });
      await request("GET", "/api/client/features", { headers: client });
    }
    for (let i = 0; i < 5; i++) await request("GET", `/api/nope/${i}`);
    const now = new Date().toISOString();
    await request("POST", "/api/client/register", {
      headers: client,
      json: { appName: "shop", instanceId: "one", strategies: ["default"], started: now, interval: 1_000 },
    });
    await request("GET", "/login");
  },
  series: {
    db_client_connection_wait_time_seconds_count: true,
    ...routes({
      "POST /api/admin/projects/:projectId/features": 10,
      "GET /api/client/features": 20,
      "GET /api/admin/projects/:projectId/features/:featureName": 20,
    }),
    'db_client_operation_duration_seconds_count{db_namespace="unleash",db_operation_name="INSERT"}': true,
  },
};
