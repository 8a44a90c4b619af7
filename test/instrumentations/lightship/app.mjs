// An uninstrumented application: is ready, and has two beacons, one of which dies. Runs
// until its standard input closes.
import * as library from "lightship";

// Version 7 is CommonJS.
const { createLightship } = library.default ?? library;
const lightship = await createLightship({ signals: [] });
const beacon = lightship.createBeacon();
lightship.createBeacon();
lightship.signalReady();
await beacon.die();
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => process.exit());
