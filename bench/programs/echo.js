// A thread that echoes messages of its port.
import { workerData } from "node:worker_threads";

const { port } = workerData;
port.on("message", (message) => port.postMessage(message));
