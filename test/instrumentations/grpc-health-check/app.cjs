// Like app.mjs, as CommonJS.
const { Server } = require("@grpc/grpc-js");
const { HealthImplementation } = require("grpc-health-check");

const health = new HealthImplementation({ "": "SERVING" });
health.addToServer(new Server());
health.setStatus("shop.v1.Cart", "NOT_SERVING");
console.log("done");

process.stdin.resume();
