import { beforeAll, expect, test } from "vitest";
import { packedProject } from "../kit/packed-project.ts";
import { startMongoDb } from "../servers/mongodb.ts";
import { needsPostgres, startPostgres } from "../servers/postgres.ts";
import { applicationWith, MONGODB, PG, ran } from "./otel-application.ts";

beforeAll(packedProject);

test("OpenTelemetry's instrumentation of pg measures instead of ours, and nothing is measured twice", async (context) => {
  needsPostgres(context);
  const { user, ...server } = await startPostgres();
  const cwd = await applicationWith([PG], {
    "app.mjs": `
      import pg from "pg";
      import { running } from "tachymeter";
      const pool = new pg.Pool(${JSON.stringify({ user, ...server })});
      for (let i = 0; i < 3; i++) await pool.query("SELECT 1");
      const { metrics } = await running().snapshot();
      await pool.end();
      const durations = Object.entries(metrics).filter(([key]) => key.startsWith("db_client_operation"));
      console.log(JSON.stringify({ counts: durations.map(([, { value }]) => value.count) }));`,
  });
  const env = { TACHYMETER_OTEL_INSTRUMENTATIONS: "pg" };
  const [ours, theirs] = [
    await ran({ cwd, program: "app.mjs" }),
    await ran({ cwd, program: "app.mjs", env }),
  ];
  expect([ours.counts, theirs.counts]).toEqual([{ counts: [3] }, { counts: [3] }]);
  expect(ours.log).not.toContain(PG);
  expect(theirs.log).toContain(`instrumentation pg: ${PG} records in place of ours`);
});

test("OpenTelemetry's instrumentation of mongodb counts connections, ours records durations", async (context) => {
  const { url } = await startMongoDb(context);
  const cwd = await applicationWith([MONGODB, "mongodb"], {
    "app.mjs": `
      import { MongoClient } from "mongodb";
      import { running } from "tachymeter";
      const client = new MongoClient(${JSON.stringify(url)});
      for (let i = 0; i < 3; i++) await client.db("shop").collection("orders").insertOne({});
      const { metrics } = await running().snapshot();
      await client.close();
      const { value } = Object.entries(metrics).find(([key]) => key.startsWith("db_client_operation_duration"))[1];
      const counts = Object.entries(metrics).filter(([key]) => key.startsWith("db_client_connection_count"));
      const connections = counts.reduce((sum, [, { value }]) => sum + value, 0);
      console.log(JSON.stringify({ inserts: value.count, connections }));`,
  });
  const env = { TACHYMETER_OTEL_INSTRUMENTATIONS: "mongodb" };
  const { counts, log } = await ran({ cwd, program: "app.mjs", env });
  expect(counts).toEqual({ inserts: 3, connections: 1 });
  expect(log).toMatch(/instrumentation mongodb: @opentelemetry\/instrumentation-mongodb [\d.]+ is used/);
});
