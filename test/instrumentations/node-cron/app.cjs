// Like app.mjs, as CommonJS.
const { Cron } = require("croner");
const cron = require("node-cron");

async function main() {
  await cron.createTask("0 3 * * *", () => {}, { name: "named" }).execute();
  await cron.default.createTask("0 3 * * *", () => {}, { name: "default" }).execute();
  const job = new Cron("0 3 * * *", { name: "croner" }, () => {});
  await job.trigger();
  job.stop();
  console.log("done");
  process.stdin.resume();
}

void main();
