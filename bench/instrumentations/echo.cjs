// A worker that echoes messages.
const { parentPort } = require("node:worker_threads");

parentPort.on("message", (message) => parentPort.postMessage(message));
