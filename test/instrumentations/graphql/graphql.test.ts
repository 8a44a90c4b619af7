import { createRequire } from "node:module";
import { setTimeout } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { graphql as instrumented } from "../../../instrumentations/graphql/index.ts";
import { begin } from "../../../instrumentations/graphql/instrumentation.ts";
import { collectingProvider } from "../../kit/collecting.ts";
import { countOf, sumOf } from "../histogram-figures.ts";
import { instrumentationOf } from "../instrumentation-of.ts";
import { measured } from "../measured.ts";
import { bundled } from "../published.ts";

const METRIC = "graphql.operation.duration";
const instrumentation = instrumentationOf(instrumented, begin, {});
const require = createRequire(import.meta.url);
const graphql16: typeof import("graphql") = require("graphql");
// Recorded through its diagnostics channel.
const graphql17: Pick<
  typeof import("graphql"),
  "buildSchema" | "execute" | "graphql" | "graphqlSync" | "subscribe"
> = require("graphql-17");
// Its own types bring those of browsers, for all files.
const yoga: {
  createSchema(options: object): import("graphql").GraphQLSchema;
  createYoga(options: object): { fetch(url: string, request: RequestInit): Promise<Response> };
} = require("graphql-yoga");
const executor: {
  subscribe(execution: object): Promise<AsyncIterable<unknown>>;
} = createRequire(require.resolve("graphql-yoga"))("@graphql-tools/executor");
const jit: typeof import("graphql-jit") = require("graphql-jit");
instrumentation.disable();
const untouched = graphql16.execute;

const collecting = measured(instrumentation);

beforeEach(() => {
  instrumentation.setConfig({});
});

async function operations(): Promise<Readonly<Record<string, unknown>>> {
  const points = await collecting.points(METRIC);
  const parts = ["graphql.operation.type", "graphql.operation.name", "error.type"];
  return Object.fromEntries(
    points.map(({ attributes, value }) => [
      parts.flatMap((part) => attributes[part] ?? []).join(" "),
      countOf(value),
    ]),
  );
}

async function failures(): Promise<Readonly<Record<string, unknown>>> {
  const points = await collecting.points("graphql.document.failures");
  return Object.fromEntries(points.map(({ attributes, value }) => [attributes["error.type"], value]));
}

describe.each([
  ["16", graphql16],
  ["17", graphql17],
])("version %s", (_, { buildSchema, graphql, graphqlSync }) => {
  const schema = buildSchema("type Query { a: Int, fail: Int } type Mutation { b: Int }");
  const rootValue = {
    a: async () => setTimeout(20, 1),
    b: () => 2,
    fail(): never {
      throw new RangeError("told to");
    },
  };
  const run = (source: string, operationName?: string): Promise<unknown> =>
    graphql({ schema, rootValue, source, ...(operationName !== undefined && { operationName }) });

  test("operations are recorded by type and name, for as long as their resolvers take", async () => {
    expect(await run("query Price { a }")).toMatchObject({ data: { a: 1 } });
    expect(graphqlSync({ schema, rootValue, source: "mutation Buy { b }" })).toMatchObject({
      data: { b: 2 },
    });
    await run("{ a }");
    await run("query One { a } query Two { a }", "Two");
    expect(await operations()).toEqual({ "query Price": 1, "mutation Buy": 1, query: 1, "query Two": 1 });
    const price = { "graphql.operation.type": "query", "graphql.operation.name": "Price" };
    expect(sumOf(await collecting.point(METRIC, price))).toBeGreaterThan(0.015);
  });

  test("a failed operation has the error's type", async () => {
    await run("query Price { fail }");
    const coded = buildSchema("type Query { a: Int }");
    const error = Object.assign(new Error("refused"), { extensions: { code: "FORBIDDEN" } });
    await graphql({
      schema: coded,
      source: "query Price { a }",
      rootValue: { a: () => Promise.reject(error) },
    });
    expect(await operations()).toEqual({ "query Price RangeError": 1, "query Price FORBIDDEN": 1 });
  });

  test("a document that cannot be parsed or is invalid is counted as a failure, not as an operation", async () => {
    await run("query {");
    await run("query Price { unknown }");
    await run("query Price { unknown }");
    await run("query Price { a }");
    expect(await operations()).toEqual({ "query Price": 1 });
    expect(await failures()).toEqual({ GRAPHQL_PARSE_FAILED: 1, GRAPHQL_VALIDATION_FAILED: 2 });
  });

  test("names that the document does not have, and names beyond the 100th, are one", async () => {
    await run("query One { a } query Two { a }", "Three");
    expect(await operations()).toEqual({ "_other GraphQLError": 1 });
    await Promise.all(Array.from({ length: 101 }, (__, i) => run(`query Name${i} { a }`)));
    expect(Object.keys(await operations())).toHaveLength(102);
    expect(await operations()).toMatchObject({ "query _other": 1 });
  });

  test("option `name` names operations", async () => {
    instrumentation.setConfig({ name: (given) => given.slice(0, 3) });
    await run("query PriceOfToday { a }");
    await run("query Prices { a }");
    expect(await operations()).toEqual({ "query Pri": 2 });
  });
});

test.each([
  ["16", graphql16],
  ["17", graphql17],
])(
  "each event of a subscription is an operation with version %s",
  async (_, { buildSchema, subscribe, execute }) => {
    const schema = buildSchema("type Query { a: Int } type Subscription { price: Int }");
    async function* price(): AsyncGenerator<object> {
      yield { price: 1 };
      yield {
        price() {
          throw new RangeError("told to");
        },
      };
    }
    const document = graphql16.parse("subscription Watch { price }");
    const events = await subscribe({ schema, document, rootValue: { price } });
    if (!(Symbol.asyncIterator in events)) throw new Error("no subscription");
    for await (const event of events) expect(event.data).toBeDefined();
    expect(await operations()).toEqual({ "subscription Watch": 1, "subscription Watch RangeError": 1 });
    await execute({ schema, document, rootValue: { price: 3 } });
    expect(await operations()).toMatchObject({ "subscription Watch": 2 });
  },
);

async function* prices(): AsyncGenerator<object> {
  yield { price: 1 };
  yield { price: 2 };
}

test.each<[string, Readonly<Record<string, unknown>>]>([
  ["root value", { rootValue: { price: prices } }],
  ["promise in the root value", { rootValue: { price: Promise.resolve(prices()) } }],
  ["resolver of the execution", { rootValue: {}, subscribeFieldResolver: prices }],
])("with `@graphql-tools/executor`, a source may come from the %s", async (_, own) => {
  const schema = graphql16.buildSchema("type Query { a: Int } type Subscription { price: Int }");
  const execution = { schema, document: graphql16.parse("subscription Watch { price }"), ...own };
  const events = await executor.subscribe(execution);
  for await (const event of events) expect(event).toHaveProperty("data.price");
  expect(await operations()).toEqual({ "subscription Watch": 2 });
  expect(Object.keys(execution)).toEqual(["schema", "document", ...Object.keys(own)]);
  expect(execution).toMatchObject(own);
});

test("an error thrown by `execute` reaches the caller and is recorded", async () => {
  const { buildSchema, execute, parse } = graphql16;
  const schema = buildSchema("type Query { a: Int }");
  const wrong = { schema, document: parse("{ a }"), variableValues: JSON.parse("3") };
  expect(() => execute(wrong)).toThrow("Variables must be provided as an Object");
  expect(await operations()).toEqual({ "query Error": 1 });
});

test("disabling restores the original functions", async () => {
  expect(graphql16.execute).not.toBe(untouched);
  instrumentation.disable();
  expect(graphql16.execute).toBe(untouched);
  const schema = graphql17.buildSchema("type Query { a: Int }");
  await graphql17.graphql({ schema, source: "{ a }" });
  expect(await operations()).toEqual({});
});

test("version 17 is recorded if it is part of a bundle", async () => {
  const alone = collectingProvider();
  const inBundle = instrumentationOf(bundled(instrumented), begin, {});
  inBundle.setMeterProvider(alone.provider);
  const schema = graphql17.buildSchema("type Query { a: Int }");
  await graphql17.graphql({ schema, source: "{ a }" });
  inBundle.disable();
  expect(await alone.points(METRIC)).toHaveLength(1);
});

// Time of the first event of a subscription.
let yielded = 0;

function schemaWithResolvers(): import("graphql").GraphQLSchema {
  return yoga.createSchema({
    typeDefs: "type Query { a: Int, fail: Int } type Subscription { price: Int, broken: Int }",
    resolvers: {
      Query: {
        a: async () => 1,
        fail(): never {
          throw new RangeError("told to");
        },
      },
      Subscription: {
        price: {
          async *subscribe() {
            await setTimeout(100);
            yielded = performance.now();
            yield 40;
            yield 0;
          },
          async resolve(millis: number) {
            if (millis === 0) throw new RangeError("told to");
            await setTimeout(millis);
            return millis;
          },
        },
        broken: {
          subscribe(): never {
            throw new RangeError("told to");
          },
        },
      },
    },
  });
}

describe("GraphQL Yoga", () => {
  // It takes the functions when it is created.
  const asking = (): ((query: string, accept?: string) => Promise<string>) => {
    const server = yoga.createYoga({ schema: schemaWithResolvers(), logging: false });
    return async (query: string, accept = "application/json"): Promise<string> => {
      const headers = { "content-type": "application/json", accept };
      const body = JSON.stringify({ query });
      return (await server.fetch("http://localhost/graphql", { method: "POST", headers, body })).text();
    };
  };

  test("its operations are recorded, and the documents that it refuses", async () => {
    const ask = asking();
    expect(await ask("query Price { a }")).toBe('{"data":{"a":1}}');
    await ask("query Fail { fail }");
    await ask("query {");
    await ask("query Price { unknown }");
    expect(await operations()).toEqual({ "query Price": 1, "query Fail RangeError": 1 });
    expect(await failures()).toEqual({ GRAPHQL_PARSE_FAILED: 1, GRAPHQL_VALIDATION_FAILED: 1 });
  });

  test("each event of a subscription is an operation, from the event of its source until its result", async () => {
    const ask = asking();
    expect(await ask("subscription Watch { price }", "text/event-stream")).toContain('{"price":40}');
    const millis = performance.now() - yielded;
    expect(await operations()).toEqual({ "subscription Watch": 1, "subscription Watch RangeError": 1 });
    const [watched] = await collecting.points(METRIC);
    expect(sumOf(watched?.value)).toBeGreaterThan(0.035);
    // Without the time that its source waits before.
    expect(sumOf(watched?.value)).toBeLessThan(millis / 1_000);
    await ask("subscription Broken { broken }", "text/event-stream");
    expect(await operations()).toMatchObject({ "subscription Broken RangeError": 1 });
    instrumentation.disable();
    await ask("subscription Watch { price }", "text/event-stream");
    expect(await operations()).toMatchObject({ "subscription Watch": 1 });
  });
});

describe("graphql-jit", () => {
  const compiled = (source: string): (() => Promise<unknown>) => {
    const query = jit.compileQuery(schemaWithResolvers(), graphql16.parse(source));
    if (!jit.isCompiledQuery(query)) throw new Error("not compiled");
    return async () => query.query({}, {}, {});
  };

  test("each run of a compiled operation is recorded", async () => {
    const query = compiled("query Price { a }");
    expect(await query()).toMatchObject({ data: { a: 1 } });
    await query();
    await compiled("query Fail { fail }")();
    expect(await operations()).toEqual({ "query Price": 2, "query Fail RangeError": 1 });
  });

  test("while the instrumentation is disabled, nothing is recorded", async () => {
    const query = compiled("query Price { a }");
    instrumentation.disable();
    await query();
    instrumentation.enable();
    await query();
    expect(await operations()).toEqual({ "query Price": 1 });
  });

  test("a document that cannot be compiled has the library's errors", async () => {
    const document = graphql16.parse("query Price { a }");
    expect(jit.compileQuery(schemaWithResolvers(), document, "Other")).toHaveProperty("errors");
    expect(await operations()).toEqual({});
  });
});
