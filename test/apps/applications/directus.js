import { execFileSync } from "node:child_process";
import { routes } from "../routes.js";

const MAIL = "admin@example.com";
const PASSWORD = "a-password-1";

export const application = {
  title: "Directus",
  packages: { directus: "11.3.5" },
  builds: ["isolated-vm"],
  measured: "routes, PostgreSQL, Redis, GraphQL",
  ready: "/server/ping",
  before({ folder, emptyRedis, emptyDatabase, ...context }) {
    emptyRedis();
    emptyDatabase("directus");
    execFileSync(process.execPath, ["node_modules/directus/cli.js", "bootstrap"], {
      cwd: folder,
      stdio: "ignore",
      env: { ...process.env, ...application.environment({ folder, ...context }) },
    });
  },
  command: () => ["node_modules/directus/cli.js", "start"],
  environment: ({ folder, port, url, postgres, redis }) => ({
    HOST: "127.0.0.1",
    PORT: `${port}`,
    DB_CLIENT: "pg",
    DB_HOST: "127.0.0.1",
    DB_PORT: `${postgres.port}`,
    DB_DATABASE: "directus",
    DB_USER: postgres.user,
    DB_PASSWORD: "none",
    SECRET: "a-secret-of-enough-length-for-it",
    ADMIN_EMAIL: MAIL,
    ADMIN_PASSWORD: PASSWORD,
    CACHE_ENABLED: "true",
    CACHE_STORE: "redis",
    REDIS: redis.url,
    TELEMETRY: "false",
    PUBLIC_URL: url,
    WEBSOCKETS_ENABLED: "true",
    STORAGE_LOCAL_ROOT: `${folder}/uploads`,
    EXTENSIONS_PATH: `${folder}/extensions`,
  }),
  async drive(request) {
    const login = await request("POST", "/auth/login", { json: { email: MAIL, password: PASSWORD } });
    const headers = { authorization: `Bearer ${login.json().data.access_token}` };
    await request("POST", "/collections", {
      headers,
      json: {
        collection: "notes",
        schema: {},
        meta: {},
        fields: [
          { field: "id", type: "integer", schema: { is_primary_key: true, has_auto_increment: true } },
          { field: "text", type: "string" },
        ],
      },
    });
    for (let i = 0; i < 10; i++)
      await request("POST", "/items/notes", { headers, json: { text: `note ${i}` } });
    for (let i = 1; i < 11; i++) {
      await request("GET", `/items/notes/${i}`, { headers });
      await request("GET", `/items/notes?limit=${i}`, { headers });
    }
    await request("GET", "/users/me", { headers });
    await request("GET", "/items/none/1", { headers });
    for (let i = 0; i < 3; i++)
      await request("POST", "/graphql", { headers, json: { query: "query Notes { notes { id text } }" } });
  },
  series: {
    db_client_connection_wait_time_seconds_count: true,
    ...routes({ "POST /items/:collection": 10, "GET /items/:collection/:pk": 11, "POST /auth/login": 1 }),
    'db_client_operation_duration_seconds_count{db_namespace="directus",db_operation_name="INSERT"}': true,
    'db_client_operation_duration_seconds_count{db_system_name="redis",db_operation_name="GET"}': true,
    'graphql_operation_duration_seconds_count{graphql_operation_name="Notes"}': 1,
  },
};
