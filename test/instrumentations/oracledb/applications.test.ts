import { expect, test } from "vitest";
import { samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;

test.each(starts())(
  "the queries of %s on oracledb, started with %s, are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({
      folder,
      program,
      flag,
      env: { ORACLE_DATABASE: "127.0.0.1:1522/shop" },
    });
    const queries = samples(text, "db_client_operation_duration_seconds_count");
    expect(queries).toEqual([expect.stringMatching(/db_operation_name="SELECT".*server_port="1522"\} 5$/)]);
    const pool = '{db_client_connection_pool_name="127.0.0.1:1522/shop"}';
    expect(samples(text, "db_client_connection_limit")).toEqual([`db_client_connection_limit${pool} 2`]);
    for (const [time, count] of Object.entries({ wait: 5, use: 5, create: 1 })) {
      const name = `db_client_connection_${time}_time_seconds_count`;
      expect(samples(text, name)).toEqual([`${name}${pool} ${count}`]);
    }
    expect(text).not.toMatch(/s3cret|shopkeeper/);
  },
);
