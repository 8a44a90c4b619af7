// Our health checks as an indicator of `@nestjs/terminus`.
import { Health, type HealthStatus } from "../../facades/index.ts";

/** Result of an indicator, as `@nestjs/terminus` 10 and above reads it. */
export interface TachymeterHealthResult {
  readonly [key: string]: {
    /** `down` if the whole is unhealthy. */
    readonly status: "up" | "down";
    /** Status of the whole. */
    readonly health: HealthStatus;
    /** Status of each component. Reasons are left out, since they often name hosts or users. */
    readonly components: Readonly<Record<string, HealthStatus>>;
  };
}

/**
 * The checks of `telemetry.health` as one indicator of `@nestjs/terminus`.
 *
 * @example
 * ```ts
 * @Get("health")
 * @HealthCheck()
 * check() {
 *   return this.health.check([() => this.tachymeter.isHealthy("application")]);
 * }
 * ```
 */
export class TachymeterHealthIndicator {
  readonly #health = new Health();

  /** Runs all checks. The result is under `key`. */
  async isHealthy(key: string = "tachymeter"): Promise<TachymeterHealthResult> {
    const { status, components } = await this.#health.check();
    return {
      [key]: {
        status: status === "unhealthy" ? "down" : "up",
        health: status,
        components: Object.fromEntries(
          Object.entries(components).map(([name, component]) => [name, component.status]),
        ),
      },
    };
  }
}
