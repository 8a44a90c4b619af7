// Like yoga.mjs, as CommonJS.
const { createServer } = require("node:http");
const { createSchema, createYoga } = require("graphql-yoga");

const schema = createSchema({
  typeDefs: "type Query { price: Int }",
  resolvers: { Query: { price: () => 1 } },
});
const yoga = createYoga({ schema, logging: false });
const server = createServer((request, response) => void yoga(request, response));

async function ask(query) {
  const url = `http://127.0.0.1:${server.address().port}/graphql`;
  const headers = { "content-type": "application/json" };
  await (await fetch(url, { method: "POST", headers, body: JSON.stringify({ query }) })).text();
}

async function askAll() {
  await ask("query Price { price }");
  await ask("query Price { unknown }");
  console.log("done");
}

server.listen(0, "127.0.0.1", () => void askAll());
process.stdin.resume().once("end", () => server.close());
