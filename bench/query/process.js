// One measurement of queries, in its own process: node bench/query/process.js <name>. Writes its result as JSON.
import { measurements } from "./measurements.js";

const name = process.argv[2];
console.log(JSON.stringify(await measurements[name]()));
