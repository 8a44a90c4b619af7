// Does nothing, and prints each alert that is pending or fires.
import { running } from "tachymeter";

const seen = new Set();
setInterval(() => {
  for (const { name, state, value } of running()?.alerts?.active() ?? []) {
    if (!seen.has(name)) console.log(`${name} is ${state}: ${value}`);
    seen.add(name);
  }
}, 250);
console.log("ready");
