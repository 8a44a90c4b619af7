import { beforeEach, expect, test } from "vitest";
import { type MongoDb, startMongoDb } from "../../servers/mongodb.ts";
import { samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;
let server: MongoDb;

beforeEach(async (context) => {
  server ??= await startMongoDb(context, "file");
}, 120_000);

test.each(starts())(
  "the commands of %s on mongodb, started with %s, are measured",
  async (_, flag, program) => {
    const text = await scrapeOf({ folder, program, flag, env: { MONGODB_URL: server.url } });
    expect(samples(text, "db_client_operation_duration_seconds_count")).toEqual([
      'db_client_operation_duration_seconds_count{db_collection_name="orders",db_namespace="shop",' +
        'db_operation_name="insert",db_system_name="mongodb",server_address="127.0.0.1",' +
        `server_port="${server.port}"} 5`,
    ]);
  },
);
