// A child of fork.mjs: `child.mjs <calls> [exit]`.
import { hold, work } from "./work.mjs";

const [calls, end] = process.argv.slice(2);
work(Number(calls), "child");
hold(2);
process.send("worked");
if (end === "exit") process.exit();
process.on("message", () => {});
