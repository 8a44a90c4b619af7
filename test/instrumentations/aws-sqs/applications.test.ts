import { beforeAll, expect, test } from "vitest";
import { type Sqs, startSqs } from "../../servers/sqs.ts";
import { expectFiveMessages, samples, scrapeOf, starts } from "../applications.ts";

const folder = import.meta.dirname;
let sqs: Sqs;

beforeAll(async () => {
  sqs = await startSqs("file");
});

test.each(starts())("the SQS messages of %s started with %s are measured", async (_, flag, program) => {
  const name = `jobs${flag}-${program}`.replaceAll(".", "-");
  const text = await scrapeOf({ folder, program, flag, env: { SQS_URL: sqs.url, QUEUE_NAME: name } });
  const labels = `messaging_destination_name="${name}",messaging_system_name="aws.sqs"`;
  expectFiveMessages(text, labels);
  expect(samples(text, "messages_in_flight")).toEqual([`messages_in_flight{${labels}} 0`]);
  const methods = samples(text, "rpc_client_call_duration_seconds_count").join("\n");
  for (const operation of ["SendMessage", "ReceiveMessage", "DeleteMessage"])
    expect(methods).toContain(`rpc_method="SQS/${operation}",rpc_system_name="aws-api"`);
});
