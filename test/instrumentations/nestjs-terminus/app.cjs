// Like app.mjs, as CommonJS: Node.js can also require ES modules.
const { NestFactory } = require("@nestjs/core");
const { HealthCheckService, TerminusModule } = require("@nestjs/terminus");

async function run() {
  const application = await NestFactory.createApplicationContext(TerminusModule, {
    logger: false,
  });
  await application
    .get(HealthCheckService)
    .check([async () => ({ database: { status: "up" } }), async () => ({ cache: { status: "up" } })]);
  console.log("done");
  process.stdin.resume();
  process.stdin.once("end", () => void application.close());
}

void run();
