import { beforeEach, expect, test } from "vitest";
import { needsPostgres, type Postgres, startPostgres } from "../../servers/postgres.ts";
import { expectFiveMessages, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;
let server: Postgres;

beforeEach(async (context) => {
  needsPostgres(context);
  server ??= await startPostgres("file");
}, 120_000);

test.each(starts())("the jobs of pg-boss in %s started with %s are measured", async (_, flag, program) => {
  const QUEUE_NAME = `jobs-${program.slice(-3)}${flag}`;
  const POSTGRES_URL = `postgres://${server.user}@${server.host}:${server.port}/${server.database}`;
  const text = await scrapeOf({ folder, program, flag, env: { POSTGRES_URL, QUEUE_NAME } });
  expectFiveMessages(text, `messaging_destination_name="${QUEUE_NAME}",messaging_system_name="pg_boss"`);
  expect(text).not.toContain("__pgboss__");
});
