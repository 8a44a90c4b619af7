// An application with faults of `faults.js` and `facade-faults.js` on request. Argument: their settings by name, as JSON.
import { running } from "tachymeter";
import { FACADE_FAULTS } from "./facade-faults.js";
import { FAULTS } from "./faults.js";
import { run } from "./steps.js";

const all = { ...FAULTS, ...FACADE_FAULTS };
const wanted = Object.entries(JSON.parse(process.argv[2]));
run(wanted.map(([name, settings]) => all[name](settings, running())));
