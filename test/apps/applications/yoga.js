import { operations } from "./graphql.js";

export const application = {
  title: "graphql-yoga",
  packages: { "graphql-yoga": "5.24.1", graphql: "16.15.0" },
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
    'graphql_operation_duration_seconds_count{graphql_operation_name="Hello",graphql_operation_type="query"}': 20,
    'graphql_operation_duration_seconds_count{graphql_operation_name="Boom"}': 5,
    "graphql_document_failures_total{}": 2,
  },
};
