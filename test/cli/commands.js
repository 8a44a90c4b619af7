// Runs commands of the tool, since a process for each takes more time than most commands. A line of standard input has the
// arguments of one. As in a process of its own, a command has ended when nothing keeps the process alive.
import { pathToFileURL } from "node:url";

const tool = process.argv[2];
let count = 0;
let text = "";

process.stdin.setEncoding("utf8").on("data", (chunk) => {
  text += chunk;
  if (!text.endsWith("\n")) return;
  process.argv = [process.execPath, tool, ...JSON.parse(text)];
  text = "";
  process.stdin.unref();
  void import(`${pathToFileURL(tool).href}?${count++}`);
});

process.on("beforeExit", (code) => {
  process.exitCode = undefined;
  // The logger of a command, and its listeners.
  Reflect.deleteProperty(globalThis, Symbol.for("opentelemetry.js.api.1"));
  for (const name of ["stdout", "stderr"]) {
    process[name].removeAllListeners("error").removeAllListeners("close");
    process[name].write(`\n--- ${name} of command ${count} ended, code ${code}\n`);
  }
  process.stdin.ref();
});
