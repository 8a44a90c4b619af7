import { afterAll, beforeAll, expect, test } from "vitest";
import { type SmallSqlServer, startSqlServer } from "../../servers/small-sql-server.ts";
import { samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;

let server: SmallSqlServer;
beforeAll(async () => (server = await startSqlServer()));
afterAll(() => server.stop());

test.each(starts())(
  "the requests of %s on mssql, started with %s, and its pool are measured",
  async (_, flag, program) => {
    const env = { SQL_SERVER_PORT: `${server.port}` };
    const text = await scrapeOf({ folder, program, flag, env });
    const operations = samples(text, "db_client_operation_duration_seconds_count");
    expect(operations.toSorted()).toEqual([
      expect.stringMatching(/db_namespace="shop",.*name="EXECUTE",.*procedure_name="dbo.checkout",.*\} 1$/),
      expect.stringMatching(/db_namespace="shop",.*name="SELECT",.*server_port="\d+"\} 5$/),
    ]);
    const pool = `{db_client_connection_pool_name="127.0.0.1:${server.port}/shop"}`;
    expect(samples(text, "db_client_connection_limit")).toEqual([`db_client_connection_limit${pool} 2`]);
    expect(text).not.toMatch(/s3cret|shopkeeper/);
  },
);
