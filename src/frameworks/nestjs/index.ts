/**
 * A module for NestJS on Express or Fastify: `/metrics`, injectable meters, a decorator that times methods, and an
 * indicator for `@nestjs/terminus`.
 *
 * @module tachymeter/nestjs
 */
export { InjectMeter, InjectTelemetry, meterToken, Timed } from "./decorators.ts";
export { TachymeterHealthIndicator, type TachymeterHealthResult } from "./health-indicator.ts";
export { TachymeterModule, type TachymeterModuleOptions } from "./module.ts";
