// An uninstrumented application: sends itself five messages by SERVICE_BUS. Runs until its standard input closes.
import { ServiceBusClient } from "@azure/service-bus";

const client = new ServiceBusClient(process.env.SERVICE_BUS);
const sender = client.createSender(process.env.QUEUE_NAME);
let count = 0;
client.createReceiver(process.env.QUEUE_NAME).subscribe({
  processMessage: async () => {
    if (++count === 5) setTimeout(() => console.log("done"), 50);
  },
  processError: async ({ error }) => console.error(error),
});
for (let i = 0; i < 5; i++) await sender.sendMessages({ body: { number: i } });
process.stdin.resume();
process.stdin.once("end", () => process.exit());
