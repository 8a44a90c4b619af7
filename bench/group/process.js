// One measurement of the group, in its own process: node bench/group/process.js <name>. Writes its result as JSON.
import { measurements } from "./measurements.js";

const name = process.argv[2];
console.log(JSON.stringify(await measurements[name]()));
