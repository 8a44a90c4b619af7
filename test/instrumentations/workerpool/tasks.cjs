// The script of the pools' workers. Each task contains its own outcome.
const { worker } = require("workerpool");

worker({
  work({ gate, fail, exit, answer }) {
    if (gate !== undefined) Atomics.wait(gate, 0, 0);
    if (exit !== undefined) process.exit(exit);
    if (fail !== undefined) throw new RangeError(fail);
    return answer;
  },
});
