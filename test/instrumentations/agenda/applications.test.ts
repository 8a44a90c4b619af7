import { beforeEach, test } from "vitest";
import { type MongoDb, startMongoDb } from "../../servers/mongodb.ts";
import { expectFiveMessages, scrapeOf, bothLoaders } from "../applications.ts";

const folder = import.meta.dirname;
let server: MongoDb;

beforeEach(async (context) => {
  server ??= await startMongoDb(context, "file");
}, 120_000);

test.each(bothLoaders())(
  "the jobs of agenda in %s started with %s are measured",
  async (_, flag, program) => {
    const JOB_NAME = `job-${program.slice(-3)}${flag}`;
    const env = { MONGODB_URL: server.url, JOB_NAME };
    const text = await scrapeOf({ folder, program, flag, env });
    expectFiveMessages(text, `messaging_destination_name="${JOB_NAME}",messaging_system_name="agenda"`);
  },
);
