// Like app.mjs, as CommonJS.
const CircuitBreaker = require("opossum");

let isDown = false;
const breaker = new CircuitBreaker(
  async () => {
    if (isDown) throw new Error("down");
  },
  { name: "billing", resetTimeout: 600_000 },
);

async function run() {
  await breaker.fire();
  isDown = true;
  for (let i = 0; i < 3; i++) await breaker.fire().catch(() => {});
  console.log("done");
}

void run();
process.stdin.resume();
