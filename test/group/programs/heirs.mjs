// A parent and two children that count for as long as they live. They do not end with the parent.
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { metrics } from "@opentelemetry/api";

const meter = metrics.getMeter("heirs");
const counted = meter.createCounter("counted");
const sizes = meter.createHistogram("sizes");
setInterval(() => {
  counted.add(0.1, { parity: "even" });
  sizes.record(Math.random() * 100);
}, 2);

if (process.argv[2] !== "child") {
  const script = fileURLToPath(import.meta.url);
  for (let i = 0; i < 2; i++) {
    const child = fork(script, ["child"], { stdio: "ignore", detached: true });
    child.unref();
    child.channel?.unref();
    console.log(`child ${child.pid}`);
  }
}
