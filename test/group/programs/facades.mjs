// A parent, a thread of it and two children, one with a thread, each of which has the state of facades. By SIGUSR2, the
// process that exports prints what its facades return.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { isMainThread, Worker, workerData } from "node:worker_threads";
import { running } from "tachymeter";

const file = fileURLToPath(import.meta.url);
const name = isMainThread ? (process.argv[2] ?? "parent") : workerData.name;
const { health, coordination, kernels, commands } = running();

health.set(name, "healthy", "as usual");
health.set("shared", name === "one" ? "degraded" : "healthy", name, { critical: false });
coordination.join("node-of-all", { lasting: true });
coordination.join(`node-of-${name}`, { lasting: true });
kernels.launch("kernel-of-all");
kernels.recordReceive("kernel-of-all");
kernels.recordProcessed("kernel-of-all");
commands.recordExecution(name !== "two", 1, "backup");

setInterval(() => {}, 1e9);
if (isMainThread) {
  process.on("SIGUSR2", () => void print());
}

async function print() {
  const { components, status } = health.report();
  const { messagesProcessed } = kernels.getTelemetry("kernel-of-all");
  const { commandsExecuted, failedCommands } = await commands.getStats();
  const { activeNodes } = coordination;
  const figures = { status, activeNodes, messagesProcessed, commandsExecuted, failedCommands };
  console.log(`${name} ${JSON.stringify({ components: Object.keys(components).toSorted(), ...figures })}`);
}

function start(thread) {
  return new Worker(file, { workerData: { name: thread } });
}
if (name === "parent") {
  start("thread");
  for (const child of ["one", "two"]) console.log(`child ${fork(file, [child], { detached: true }).pid}`);
}
if (name === "one") start("thread-of-one");
