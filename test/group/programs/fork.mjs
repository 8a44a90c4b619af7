// A parent with children by `fork` and `spawn`, and one that exits.
import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { endWithInput, expectTotals, hold, work } from "./work.mjs";

const child = fileURLToPath(new URL("child.mjs", import.meta.url));
const ipc = ["ignore", "inherit", "inherit", "ipc"];
const children = [
  fork(child, ["1001"]),
  // `spawn` does not pass on the flags of this process.
  spawn(process.execPath, [...process.execArgv, child, "2002"], { stdio: ipc }),
  fork(child, ["3003", "exit"]),
];

work(50, "parent");
hold(1);
await Promise.all([...children.slice(0, 2).map((each) => once(each, "message")), once(children[2], "exit")]);
expectTotals([50, 1_001, 2_002, 3_003], 1 + 2 + 2);
endWithInput(() => Promise.all(children.slice(0, 2).map((each) => ended(each))));

function ended(process) {
  process.kill();
  return once(process, "exit");
}
