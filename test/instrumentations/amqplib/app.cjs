// Like app.mjs, as CommonJS and with callbacks.
const amqp = require("amqplib/callback_api");

amqp.connect(process.env.AMQP_URL, (_failed, model) => {
  model.createChannel((_refused, channel) => {
    let count = 0;
    channel.assertQueue("jobs", { durable: false, autoDelete: true });
    channel.consume("jobs", (message) => {
      channel.ack(message);
      if (++count === 5) console.log("done");
    });
    for (let i = 0; i < 5; i++) channel.sendToQueue("jobs", Buffer.from(`job ${i}`));

    process.stdin.resume();
    process.stdin.once("end", () => model.close());
  });
});
