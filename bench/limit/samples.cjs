// Processor time of a contender's own functions, as V8's sampling profiler sees it. On a busy machine two turns differ by more than the
// hooks cost. The shares of samples within one process do not.
const { Session } = require("node:inspector");

const INTERVAL_MICROS = 250;
const FUNCTIONS = new Set(["measured", "measuredEnd", "methodAndRoute"]);

/** Starts to sample. Returns a function that ends it, and returns the processor time of `isOwn` files, of garbage collections, and of all. */
async function sampling(isOwn) {
  const session = new Session();
  session.connect();
  const post = (method, parameters) =>
    new Promise((resolve, reject) => {
      session.post(method, parameters, (error, result) => (error ? reject(error) : resolve(result)));
    });
  await post("Profiler.enable");
  await post("Profiler.setSamplingInterval", { interval: INTERVAL_MICROS });
  await post("Profiler.start");
  return async () => {
    const { profile } = await post("Profiler.stop");
    session.disconnect();
    return timesIn(profile, isOwn);
  };
}

function timesIn({ nodes, samples, timeDeltas }, isOwn) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const parents = new Map(nodes.flatMap((node) => (node.children ?? []).map((child) => [child, node])));
  const kinds = new Map(nodes.map((node) => [node.id, kindOf(node, byId, parents, isOwn)]));
  const micros = { own: 0, garbageCollector: 0, other: 0, idle: 0 };
  for (const [i, sample] of samples.entries()) micros[kinds.get(sample)] += timeDeltas[i];
  return micros;
}

// Time that Node.js takes for a function belongs to that function. Time of the application and of libraries does not.
function kindOf(node, byId, parents, isOwn) {
  const { functionName } = node.callFrame;
  if (functionName === "(idle)") return "idle";
  if (functionName === "(garbage collector)") return "garbageCollector";
  for (let at = node; at !== undefined; at = parents.get(at.id)) {
    const { url, functionName: name } = at.callFrame;
    if (isOwn(url) || url.startsWith("node:diagnostics_channel") || FUNCTIONS.has(name)) return "own";
    if (url !== "" && !url.startsWith("node:")) return "other";
  }
  return "other";
}

module.exports = { sampling };
