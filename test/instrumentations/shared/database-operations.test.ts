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

test.for(["EPIPE", "ECONNRESET"])("%s is a system error without a status code", async (code) => {
  expect(await failureOf(code)).toEqual({ type: code, status: undefined });
});
