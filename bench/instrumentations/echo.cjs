// A worker that sends back what it is sent.
const { parentPort } = require("node:worker_threads");

parentPort.on("message", (message) => parentPort.postMessage(message));
