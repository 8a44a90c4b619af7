// The script of the pools' workers. Each task contains its own outcome.
const { setTimeout } = require("node:timers/promises");
const { ThreadWorker } = require("poolifier");

// destroy() of poolifier waits for ever if a thread ends by itself before it is terminated.
setInterval(() => {}, 1_000);

module.exports = new ThreadWorker(async ({ gate, fail, answer } = {}) => {
  // Not blocked, since the pool asks its workers for statistics.
  if (gate !== undefined) while (Atomics.load(gate, 0) === 0) await setTimeout(5);
  if (fail !== undefined) throw new RangeError(fail);
  return answer;
});
