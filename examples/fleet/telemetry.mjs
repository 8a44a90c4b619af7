// Preloaded into every process of the fleet. It records in Tachymeter what the application publishes on its own
// diagnostics channels. Messages, threads, machine, process and runtime are measured without it.
import { subscribe } from "node:diagnostics_channel";
import { running } from "tachymeter";
import { setupHealthHooks } from "tachymeter/facades";

const tachymeter = running();
// Undefined in a worker thread, whose messages are counted by the thread that started it.
if (tachymeter !== undefined) attach(tachymeter);

// Sends the address of its endpoint to the parent process.
function tell() {
  if (process.connected) process.send({ metrics: tachymeter?.prometheusUrl ?? null });
}
Promise.resolve(tachymeter?.ready).then(tell, tell);

function attach({ collector, coordination }) {
  subscribe("fleet:heartbeat", ({ node, seconds }) => {
    coordination.heartbeat(node);
    coordination.message("heartbeat", { latency: seconds });
  });
  subscribe("fleet:job", ({ seconds }) => coordination.message("job", { latency: seconds }));
  subscribe("fleet:node", ({ node, present }) =>
    present ? coordination.join(node) : coordination.leave(node),
  );
  subscribe("fleet:leader", ({ leader }) => coordination.leaderChanged(leader));
  subscribe("fleet:lock", ({ name, waited, held }) => {
    if (waited !== undefined) coordination.lockAcquired(name, waited);
    if (held !== undefined) coordination.lockReleased(name, held);
  });

  setupHealthHooks(collector);
  subscribe("fleet:health", (check) => collector.recordEvent("health.check", check));
}
