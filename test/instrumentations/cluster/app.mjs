// An uninstrumented application: a primary and a worker exchange greetings, and another worker is lost. Runs until
// the primary's standard input closes.
import cluster from "node:cluster";

if (cluster.isPrimary) {
  // A worker whose port is taken scrapes its owner to name it, and a scrape at the same time shares that body.
  const alone = { OTEL_METRICS_EXPORTER: "none" };
  const worker = cluster.fork(alone);
  const lost = cluster.fork({ ...alone, IS_LOST: "true" });
  const greeted = new Promise((resolve) => {
    worker.on("message", (message) => (message === "and to you" ? resolve() : worker.send("hello")));
  });
  await Promise.all([greeted, new Promise((resolve) => lost.once("exit", resolve))]);
  console.log("done");
  process.stdin.resume();
  process.stdin.once("end", () => worker.kill());
} else if (process.env.IS_LOST === "true") {
  process.exit(1);
} else {
  process.on("message", () => process.send("and to you"));
  process.send("hello");
}
