// Like app.mjs, as CommonJS, with the client that has all commands as methods.
const { SQS } = require("@aws-sdk/client-sqs");

const client = new SQS({
  endpoint: process.env.SQS_URL,
  region: "eu-central-1",
  credentials: { accessKeyId: "test", secretAccessKey: "test" },
});
const QueueUrl = `${process.env.SQS_URL}/000000000000/${process.env.QUEUE_NAME}`;

async function main() {
  for (let i = 0; i < 5; i++) await client.sendMessage({ QueueUrl, MessageBody: `job ${i}` });
  const { Messages } = await client.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10 });
  for (const { ReceiptHandle } of Messages) await client.deleteMessage({ QueueUrl, ReceiptHandle });
  console.log("done");
}

void main();
process.stdin.resume();
process.stdin.once("end", () => client.destroy());
