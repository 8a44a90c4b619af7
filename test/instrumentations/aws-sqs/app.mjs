// An uninstrumented application: sends itself five messages over SQS_URL. Runs until its standard input closes.
import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from "@aws-sdk/client-sqs";

const client = new SQSClient({
  endpoint: process.env.SQS_URL,
  region: "eu-central-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
const QueueUrl = `${process.env.SQS_URL}/000000000000/${process.env.QUEUE_NAME}`;
for (let i = 0; i < 5; i++) await client.send(new SendMessageCommand({ QueueUrl, MessageBody: `job ${i}` }));
const { Messages } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10 }));
for (const { ReceiptHandle } of Messages)
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => client.destroy());
