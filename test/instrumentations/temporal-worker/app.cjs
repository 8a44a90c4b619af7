// An uninstrumented application: a worker at TEMPORAL_ADDRESS that runs one activity. Runs until its standard input closes.
const { NativeConnection, Worker } = require("@temporalio/worker");

void (async () => {
  const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS });
  const worker = await Worker.create({
    connection,
    taskQueue: "orders",
    activities: { charge: async () => worker.shutdown() },
  });
  await worker.run();
  await connection.close();
  console.log("done");
})();

process.stdin.resume();
