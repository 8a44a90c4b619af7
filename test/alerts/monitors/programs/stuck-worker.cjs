// Replies to each message, unless the shared state is 1.
const { parentPort, workerData } = require("node:worker_threads");

parentPort.on("message", () => {
  Atomics.wait(workerData, 0, 1);
  parentPort.postMessage("small picture");
});
