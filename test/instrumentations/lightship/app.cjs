// An uninstrumented application: is ready, and then shuts down, with two handlers. Runs until its standard input closes.
const { createLightship } = require("lightship");

async function run() {
  const lightship = await createLightship({ signals: [], terminate: () => {} });
  lightship.signalReady();
  lightship.registerShutdownHandler(async () => {
    throw new TypeError("no database");
  });
  lightship.registerShutdownHandler(() => {});
  await lightship.shutdown();
  console.log("done");
}
void run();

process.stdin.resume();
process.stdin.once("end", () => process.exit());
