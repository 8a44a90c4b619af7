// An uninstrumented application: has its health checked. Runs until its standard input closes.
import { NestFactory } from "@nestjs/core";
import { HealthCheckService, TerminusModule } from "@nestjs/terminus";

const application = await NestFactory.createApplicationContext(TerminusModule, {
  logger: false,
});
await application
  .get(HealthCheckService)
  .check([async () => ({ database: { status: "up" } }), async () => ({ cache: { status: "up" } })]);
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => void application.close());
