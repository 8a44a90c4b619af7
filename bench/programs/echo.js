// A thread that sends back what comes through its port.
import { workerData } from "node:worker_threads";

const { port } = workerData;
port.on("message", (message) => port.postMessage(message));
