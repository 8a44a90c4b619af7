// Preloaded into every process of the fleet. It records in Tachymeter what the application publishes on its own
// diagnostics channels. Messages, threads, machine, process and runtime are measured without it.
import { subscribe } from "node:diagnostics_channel";
import { isMainThread } from "node:worker_threads";
import { running } from "tachymeter";
import { setupHealthHooks } from "tachymeter/facades";

// The channels are those of the main thread.
const tachymeter = isMainThread ? running() : undefined;
if (tachymeter !== undefined) attach(tachymeter);

// Sends the addresses of its endpoint and live page to the parent process; `null` if another process of the group exports
// its metrics.
function tell() {
  const { prometheusUrl, pageUrl } = tachymeter ?? {};
  if (process.connected) process.send({ metrics: prometheusUrl ?? null, page: pageUrl ?? null });
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
  // Every node hears of a new leader. Only the leader reports it, since the counts of a group are added up.
  subscribe("fleet:leader", ({ leader, isSelf }) => isSelf && coordination.leaderChanged(leader));
  subscribe("fleet:lock", ({ name, waited, held }) => {
    if (waited !== undefined) coordination.lockAcquired(name, waited);
    if (held !== undefined) coordination.lockReleased(name, held);
  });

  setupHealthHooks(collector);
  subscribe("fleet:health", (check) => collector.recordEvent("health.check", check));
}
