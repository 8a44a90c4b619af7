import { routes } from "../routes.js";

const FACTORY = `const { factories } = require("@strapi/strapi");`;
const ARTICLE = "api::article.article";
const open = Object.fromEntries(["find", "findOne", "create"].map((name) => [name, { auth: false }]));

export const application = {
  title: "Strapi, without its panel",
  packages: {
    "@strapi/strapi": "5.54.0",
    pg: "8.16.3",
    react: "18.3.1",
    "react-dom": "18.3.1",
    "react-router-dom": "6.30.3",
    "styled-components": "6.1.19",
  },
  measured: "routes, PostgreSQL and the pool of Knex",
  ready: "/_health",
  isReady: (response) => response.status === 204,
  files: {
    "config/database.js": `
      module.exports = ({ env }) => ({
        connection: { client: "postgres", connection: { connectionString: env("PG_URL"), schema: "public" }, pool: { min: 1, max: 4 } },
      });`,
    "config/server.js": `
      module.exports = ({ env }) => ({ host: "127.0.0.1", port: env.int("PORT"), app: { keys: ["a", "b"] }, logger: { updates: { enabled: false }, startup: { enabled: false } } });`,
    "config/admin.js": `
      module.exports = () => ({ serveAdminPanel: false, auth: { secret: "a" }, apiToken: { salt: "a" }, transfer: { token: { salt: "a" } }, secrets: { encryptionKey: "a".repeat(32) } });`,
    "config/middlewares.js": `module.exports = "logger errors security cors query body public favicon".split(" ").map((name) => "strapi::" + name);`,
    "src/index.js": `module.exports = { register() {}, bootstrap() {} };`,
    "public/uploads/.gitkeep": "",
    "favicon.png": "",
    "src/api/article/content-types/article/schema.json": JSON.stringify({
      kind: "collectionType",
      collectionName: "articles",
      info: { singularName: "article", pluralName: "articles", displayName: "Article" },
      options: { draftAndPublish: false },
      attributes: { title: { type: "string" } },
    }),
    "src/api/article/controllers/article.js": `${FACTORY} module.exports = factories.createCoreController("${ARTICLE}");`,
    "src/api/article/services/article.js": `${FACTORY} module.exports = factories.createCoreService("${ARTICLE}");`,
    "src/api/article/routes/article.js": `${FACTORY} module.exports = factories.createCoreRouter("${ARTICLE}", { config: ${JSON.stringify(open)} });`,
  },
  before: ({ emptyDatabase }) => void emptyDatabase("strapi"),
  command: () => ["node_modules/@strapi/strapi/bin/strapi.js", "start"],
  environment: ({ port, postgres }) => ({
    PORT: `${port}`,
    PG_URL: `postgres://${postgres.user}@127.0.0.1:${postgres.port}/strapi`,
    NODE_ENV: "production",
    STRAPI_TELEMETRY_DISABLED: "true",
  }),
  async drive(request) {
    await request("POST", "/api/articles", { json: { data: { title: "tower" } } });
    for (let i = 0; i < 15; i++) {
      await request("GET", "/api/articles");
      await request("GET", `/api/articles/none-${i}`);
      await request("GET", `/none/${i}`);
    }
  },
  series: {
    ...routes({ "GET /api/articles": 15, "GET /api/articles/:id": 15, "POST /api/articles": 1 }),
    'db_client_operation_duration_seconds_count{db_system_name="postgresql",db_operation_name="SELECT"}': true,
    db_client_connection_limit: true,
  },
};
