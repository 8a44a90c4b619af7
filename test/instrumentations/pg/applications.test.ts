import { beforeEach, expect, test } from "vitest";
import { needsPostgres, type Postgres, startPostgres } from "../../servers/postgres.ts";
import { samples, scrapeOf, bothLoaders } from "../applications.ts";

const folder = import.meta.dirname;
let server: Postgres;

beforeEach(async (context) => {
  needsPostgres(context);
  server ??= await startPostgres("file");
}, 120_000);

test.each(bothLoaders())(
  "the queries of %s on pg, started with %s, are measured",
  async (_, flag, program) => {
    const { host, port, user, database } = server;
    const url = `postgres://${user}:s3cret@${host}:${port}/${database}`;
    const text = await scrapeOf({ folder, program, flag, env: { PG_URL: url } });
    expect(samples(text, "db_client_operation_duration_seconds_count")).toEqual([
      `db_client_operation_duration_seconds_count{db_namespace="${database}",db_operation_name="SELECT",` +
        `db_system_name="postgresql",server_address="${host}",server_port="${port}"} 5`,
    ]);
    expect(samples(text, "db_client_connection_count")).toContain(
      `db_client_connection_count{db_client_connection_pool_name="${host}:${port}/${database}",` +
        'db_client_connection_state="idle"} 1',
    );
    expect(text).not.toContain("s3cret");
  },
);
