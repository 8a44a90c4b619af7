// An application that knows nothing of telemetry: has its health checked, and stays until its standard input closes.
import { NestFactory } from "@nestjs/core";
import { HealthCheckService, HealthIndicatorService, TerminusModule } from "@nestjs/terminus";

const application = await NestFactory.createApplicationContext(TerminusModule.forRoot({ logger: false }), {
  logger: false,
});
const indicators = application.get(HealthIndicatorService);
await application
  .get(HealthCheckService)
  .check([
    async () => indicators.check("database").up(),
    async () => indicators.check("cache").degraded("slow"),
  ]);
console.log("done");

process.stdin.resume();
process.stdin.once("end", () => void application.close());
