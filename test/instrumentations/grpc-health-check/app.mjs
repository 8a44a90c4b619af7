// An application that knows nothing of telemetry: tells of its services, and stays until its standard input closes.
import { Server } from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";

const health = new HealthImplementation({ "": "SERVING" });
health.addToServer(new Server());
health.setStatus("shop.v1.Cart", "NOT_SERVING");
console.log("done");

process.stdin.resume();
