// An uninstrumented application: is ready, and then shuts down, with two handlers. Runs until its standard input closes.
// Version 9 cannot be required: its CommonJS files are marked as ES modules.
const library = async () => {
  try {
    return require("lightship");
  } catch {
    return import("lightship");
  }
};

async function run() {
  const { createLightship } = await library();
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
