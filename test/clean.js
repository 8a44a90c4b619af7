// Removes the named folders of the repository, on every platform alike.
import { rmSync } from "node:fs";
import { resolve } from "node:path";

for (const folder of process.argv.slice(2)) {
  rmSync(resolve(import.meta.dirname, "..", folder), { recursive: true, force: true });
}
