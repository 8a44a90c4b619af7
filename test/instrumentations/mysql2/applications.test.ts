import { expect, test } from "vitest";
import { startMariaDb } from "../../servers/mariadb.ts";
import { serverOfFile } from "../../servers/start-server.ts";
import { samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;
const server = serverOfFile("mariadbd", startMariaDb);

test.each(starts())(
  "the queries of %s on mysql2, started with %s, are measured",
  async (_, flag, program) => {
    const { host, port, user, database } = server();
    const url = `mysql://${user}:s3cret@${host}:${port}/${database}`;
    const text = await scrapeOf({ folder, program, flag, env: { MYSQL_URL: url } });
    expect(samples(text, "db_client_operation_duration_seconds_count")).toEqual([
      `db_client_operation_duration_seconds_count{db_namespace="${database}",db_operation_name="SELECT",` +
        `db_system_name="mysql",server_address="${host}",server_port="${port}"} 5`,
    ]);
    expect(samples(text, "db_client_connection_limit")).toEqual([
      `db_client_connection_limit{db_client_connection_pool_name="${host}:${port}/${database}"} 10`,
    ]);
    expect(text).not.toContain("s3cret");
  },
);
