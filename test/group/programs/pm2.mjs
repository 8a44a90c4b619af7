// pm2 with one application in mode `cluster` and one in mode `fork`, two processes each. Run it without `--import`: pm2
// itself is not measured. `PM2` is the path of pm2's folder.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { endWithInput, expectTotals } from "./work.mjs";

const PROCESSES = 4;
const folder = fileURLToPath(new URL(".", import.meta.url));
const runtime = spawn(
  process.execPath,
  [join(process.env.PM2, "bin/pm2-runtime"), "start", join(folder, "pm2.config.cjs")],
  {
    // Short, since pm2 has its sockets there.
    env: { ...process.env, PM2_HOME: mkdtempSync(join(tmpdir(), "pm2-")) },
    stdio: ["ignore", "pipe", "inherit"],
  },
);
let worked = 0;
const lines = createInterface({ input: runtime.stdout });
for await (const line of lines) {
  console.log(line);
  if (line.includes("worked") && ++worked === PROCESSES) break;
}
runtime.stdout.resume();
expectTotals(Array.from({ length: PROCESSES }).fill(1_000), PROCESSES);
endWithInput(async () => {
  runtime.kill("SIGINT");
  await once(runtime, "exit");
});
