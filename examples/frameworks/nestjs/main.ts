// npx tsc && node --import tachymeter/register main.js
import { NestFactory } from "@nestjs/core";
import { Application } from "./application.js";

const application = await NestFactory.create(Application, { logger: ["warn", "error"] });
await application.listen(Number(process.env["PORT"] ?? 8080), "127.0.0.1");
console.log(await application.getUrl());
