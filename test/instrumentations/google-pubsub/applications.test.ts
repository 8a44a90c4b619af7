import { beforeAll, test } from "vitest";
import { type SmallPubsub, startSmallPubsub } from "../../servers/small-pubsub.ts";
import { expectFiveMessages, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;
let server: SmallPubsub;

beforeAll(async () => {
  server = await startSmallPubsub("file");
});

test.each(starts())(
  "the messages of Google Pub/Sub in %s started with %s are measured",
  async (_, flag, program) => {
    const QUEUE_NAME = `jobs-${program.slice(-3)}${flag}`;
    const env = { PUBSUB_EMULATOR_HOST: server.host, METADATA_SERVER_DETECTION: "none", QUEUE_NAME };
    const text = await scrapeOf({ folder, program, flag, env });
    expectFiveMessages(text, `messaging_destination_name="${QUEUE_NAME}",messaging_system_name="gcp.pubsub"`);
  },
);
