// Does nothing, and prints each alert that is pending or fires.
import { run } from "./steps.js";

const seen = new Set();
const look = (_, { alerts }) => {
  for (const { name, state, value } of alerts?.active() ?? []) {
    if (!seen.has(name)) console.log(`${name} is ${state}: ${value}`);
    seen.add(name);
  }
};

run([{ act: look, pauseMillis: 250 }]);
