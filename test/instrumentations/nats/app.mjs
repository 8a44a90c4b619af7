// An uninstrumented application: publishes five messages over NATS_URL to itself. Runs until its standard input
// closes.
import { connect } from "@nats-io/transport-node";

const connection = await connect({ servers: process.env.NATS_URL });
let count = 0;
connection.subscribe("jobs.*.start", {
  callback: () => {
    if (++count === 5) setImmediate(() => console.log("done"));
  },
});
for (let i = 0; i < 5; i++) connection.publish(`jobs.${i}.start`, Buffer.from(`job ${i}`));

process.stdin.resume();
process.stdin.once("end", () => void connection.close());
