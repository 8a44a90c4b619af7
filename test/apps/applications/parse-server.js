import { routes } from "../routes.js";

export const application = {
  title: "Parse Server",
  packages: { "parse-server": "8.6.94" },
  measured: "routes, PostgreSQL and its pool, GraphQL",
  ready: "/parse/health",
  isReady: ({ status }) => status === 200,
  before({ emptyDatabase }) {
    emptyDatabase("parse");
  },
  command: ({ port, url, postgres }) => [
    "node_modules/parse-server/bin/parse-server",
    ..."--appId shop --masterKey secret --host 127.0.0.1 --mountGraphQL --logsFolder logs".split(" "),
    "--databaseURI",
    `postgres://${postgres.user}@127.0.0.1:${postgres.port}/parse`,
    "--port",
    `${port}`,
    "--serverURL",
    `${url}/parse`,
  ],
  async drive(request) {
    const headers = { "X-Parse-Application-Id": "shop", "X-Parse-Master-Key": "secret" };
    for (let i = 0; i < 10; i++)
      await request("POST", "/parse/classes/Note", { headers, json: { text: `note ${i}`, n: i } });
    for (let i = 0; i < 10; i++) {
      await request("GET", `/parse/classes/Note/x${i}`, { headers });
      await request("GET", `/parse/classes/Note?limit=${i + 1}&keys=n`, { headers });
    }
    await request("GET", "/parse/schemas", { headers });
    for (let i = 0; i < 5; i++)
      await request("POST", "/graphql", { headers, json: { query: "query Health { health }" } });
    await request("GET", "/parse/nope/1", { headers });
  },
  series: {
    ...routes({
      "POST /parse/classes/:className": 10,
      "GET /parse/classes/:className/:objectId": 10,
      "POST /graphql": 5,
    }),
    'db_client_operation_duration_seconds_count{db_namespace="parse",db_operation_name="INSERT"}': true,
    'graphql_operation_duration_seconds_count{graphql_operation_name="Health"}': 5,
  },
};
