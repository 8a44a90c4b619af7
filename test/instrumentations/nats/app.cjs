// Like app.mjs, as CommonJS and with version 2 of the client.
const { connect } = require("nats");

async function main() {
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
}

void main();
