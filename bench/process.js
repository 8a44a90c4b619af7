// One measurement, in its own process: node bench/process.js <name>. Writes its result as JSON.
import { measurement } from "./baselines.js";
import { measurements } from "./measurements.js";

console.log(JSON.stringify(await measurements[measurement]()));
