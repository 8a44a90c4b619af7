import { beforeEach, expect, test } from "vitest";
import { DatabaseOperations } from "../../../instrumentations/shared/database-operations.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { operationAttributes } from "../database-figures.ts";

let collecting: Collecting;

beforeEach(() => {
  collecting = collectingProvider();
});

async function failureOf(code: string): Promise<{ type: unknown; status: unknown }> {
  const operations = new DatabaseOperations(collecting.provider.getMeter("test"), "postgresql");
  const target = { address: "127.0.0.1", port: 5432, namespace: "shop" };
  operations.record(target, code, 1, Object.assign(new Error("failed"), { code }));
  const attributes = await operationAttributes(collecting, code);
  return { type: attributes["error.type"], status: attributes["db.response.status_code"] };
}

test.for(["23505", "0A000", "HV00N", "P0001", "XX000"])(
  "%s is a status code of the database",
  async (code) => {
    expect(await failureOf(code)).toEqual({ type: code, status: code });
  },
);

test("targets beyond the first hundred are one target without a port", async () => {
  const operations = new DatabaseOperations(collecting.provider.getMeter("test"), "postgresql");
  const ask = (tenant: number): void =>
    operations.record({ address: `db-${tenant}`, port: 5432, namespace: `tenant-${tenant}` }, "SELECT", 1);
  for (let tenant = 0; tenant < 110; tenant++) ask(tenant);
  ask(3);
  const points = await collecting.points("db.client.operation.duration");
  expect(points).toHaveLength(101);
  expect(points.at(-1)).toMatchObject({ value: { count: 10 } });
  expect(points.at(-1)?.attributes).toEqual({
    "db.system.name": "postgresql",
    "db.namespace": "_other",
    "db.operation.name": "SELECT",
    "server.address": "_other",
  });
  expect(points[3]).toMatchObject({ attributes: { "db.namespace": "tenant-3" }, value: { count: 2 } });
});

test.for(["EPIPE", "ECONNRESET"])("%s is a system error without a status code", async (code) => {
  expect(await failureOf(code)).toEqual({ type: code, status: undefined });
});
