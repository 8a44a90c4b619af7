// As app.mjs, in CommonJS: Node.js requires ES modules too.
const { NestFactory } = require("@nestjs/core");
const { HealthCheckService, HealthIndicatorService, TerminusModule } = require("@nestjs/terminus");

async function run() {
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
}

void run();
