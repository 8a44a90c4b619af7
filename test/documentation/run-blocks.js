// Runs the example programs of a document one after another in one process, and writes the mark after each. A program
// has ended when nothing keeps the process alive. Arguments: the mark, and the programs.
import { diag, metrics } from "@opentelemetry/api";

const [mark, ...programs] = process.argv.slice(2);
const api = Symbol.for("opentelemetry.js.api.1");
let isLoaded = true;
let isQuiet = true;

process.on("beforeExit", () => {
  // A promise at the top level that nothing resolves: Node.js ends with this code.
  if (!isLoaded) process.exit(13);
  if (process.exitCode !== undefined) return;
  // Other listeners may begin something, such as a last export.
  if (!isQuiet) {
    isQuiet = true;
    setImmediate(() => {});
    return;
  }
  process.stdout.write(`${mark}\n`);
  if (programs.length > 0) void afresh().then(runNext);
});

// The next program finds no provider, no logger and no metrics of the previous one.
async function afresh() {
  if (globalThis[api]?.metrics !== undefined) {
    const { start } = await import("tachymeter");
    await start().shutdown();
  }
  metrics.disable();
  diag.disable();
  const { default: client } = await import("prom-client");
  client.register.clear();
}

function runNext() {
  isLoaded = false;
  isQuiet = false;
  void import(`./${programs.shift()}`).then(() => {
    isLoaded = true;
  });
}

runNext();
