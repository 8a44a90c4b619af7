// An uninstrumented application: serves itself five GraphQL operations, one of which fails. Runs until its standard
// input closes.
const { buildSchema, graphql } = require("graphql");

const schema = buildSchema("type Query { order(id: Int): String }");
const rootValue = {
  order: async ({ id }) => {
    if (id === 4) throw new RangeError("no such order");
    return `order ${id}`;
  },
};

async function main() {
  for (let id = 0; id < 5; id++) {
    await graphql({ schema, rootValue, source: `query Order { order(id: ${id}) }` });
  }
  console.log("done");
}

void main();
process.stdin.resume();
