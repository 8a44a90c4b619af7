// Like app.cjs, as an ES module.
import { buildSchema, graphql } from "graphql";

const schema = buildSchema("type Query { order(id: Int): String }");
const rootValue = {
  order: async ({ id }) => {
    if (id === 4) throw new RangeError("no such order");
    return `order ${id}`;
  },
};
for (let id = 0; id < 5; id++) {
  await graphql({ schema, rootValue, source: `query Order { order(id: ${id}) }` });
}
console.log("done");

process.stdin.resume();
