// An uninstrumented application: sets the status of its services. Runs until its standard input closes.
import { Server } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";

const health = new HealthImplementation({ "": "SERVING" });
health.addToServer(new Server());
health.setStatus("shop.v1.Cart", "NOT_SERVING");
console.log("done");

process.stdin.resume();
