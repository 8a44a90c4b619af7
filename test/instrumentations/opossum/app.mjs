// An uninstrumented application: opens a circuit. Runs until its standard input closes.
import CircuitBreaker from "opossum";

let isDown = false;
const breaker = new CircuitBreaker(
  async () => {
    if (isDown) throw new Error("down");
  },
  { name: "billing", resetTimeout: 600_000 },
);
await breaker.fire();
isDown = true;
for (let i = 0; i < 3; i++) await breaker.fire().catch(() => {});
console.log("done");

process.stdin.resume();
