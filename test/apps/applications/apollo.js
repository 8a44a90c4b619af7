import { operations } from "./graphql.js";

export const application = {
  title: "Apollo Server",
  packages: { "@apollo/server": "5.5.1", graphql: "16.15.0" },
  measured: "operations, errors",
  ready: "/",
  files: {
    "apollo.mjs": `
      import { ApolloServer } from "@apollo/server";
      import { startStandaloneServer } from "@apollo/server/standalone";
      const server = new ApolloServer({
        typeDefs: "type Book { title: String } type Query { books: [Book], boom: String }",
        resolvers: { Query: { books: () => [{ title: "one" }], boom: () => { throw new Error("boom"); } } },
      });
      await startStandaloneServer(server, { listen: { port: Number(process.env.PORT), host: "127.0.0.1" } });`,
  },
  command: () => ["apollo.mjs"],
  environment: ({ port }) => ({ PORT: `${port}` }),
  drive: (request) => operations(request, "/", "query Books { books { title } }"),
  series: {
    'graphql_operation_duration_seconds_count{graphql_operation_name="Books",graphql_operation_type="query"}': 20,
    'graphql_operation_duration_seconds_count{error_type="Error",graphql_operation_name="Boom"}': 5,
  },
};
