import { GRAPHQL_PACKAGES, operations } from "./graphql.js";

export const application = {
  title: "graphql-yoga",
  folder: "graphql",
  packages: GRAPHQL_PACKAGES,
  measured: "operations, errors",
  ready: "/graphql",
  files: {
    "yoga.mjs": `
      import { createServer } from "node:http";
      import { createSchema, createYoga } from "graphql-yoga";
      const schema = createSchema({
        typeDefs: "type Query { hello(n: Int): String, boom: String }",
        resolvers: { Query: { hello: (_, { n }) => "hello " + n, boom: () => { throw new Error("boom"); } } },
      });
      createServer(createYoga({ schema, logging: false })).listen(process.env.PORT, "127.0.0.1");`,
  },
  command: () => ["yoga.mjs"],
  environment: ({ port }) => ({ PORT: `${port}` }),
  drive: (request) => operations(request, "/graphql", "query Hello { hello(n: 7) }"),
  series: {
    'http_server_request_duration_seconds_count{http_request_method="POST",http_response_status_code="200"}': 32,
  },
};
