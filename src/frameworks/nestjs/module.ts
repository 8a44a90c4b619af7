// The module.
import { metrics } from "@opentelemetry/api";
import type { DynamicModule, OnApplicationShutdown, OnModuleInit, Provider } from "@nestjs/common";
import { HttpAdapterHost } from "@nestjs/core";
import type { IncomingMessage, ServerResponse } from "node:http";
import { running } from "../../index.ts";
import { MetricsRoutes, type MetricsRoutesOptions } from "../metrics-routes.ts";
import { DEFAULT_METER, meterToken, TELEMETRY } from "./decorators.ts";
import { TachymeterHealthIndicator } from "./health-indicator.ts";

/** Options of the module. */
export interface TachymeterModuleOptions extends MetricsRoutesOptions {
  /** Name of the meter that `@InjectMeter()` injects. @defaultValue "nestjs" */
  readonly meterName?: string;
}

/**
 * The metrics of a Nest application: `GET /metrics`, on request also `/livez`, `/readyz` and `/healthz`, and providers
 * for `@InjectMeter()`, `@InjectTelemetry()` and `TachymeterHealthIndicator`. Works on Express and on Fastify. The routes
 * have no global prefix, and no guards. Requests and their routes are measured without the module.
 *
 * @example
 * ```ts
 * @Module({ imports: [TachymeterModule.forRoot({ health: true })] })
 * export class AppModule {}
 * ```
 */
export class TachymeterModule {
  /**
   * The module for the application's root; its providers are global. Without a running Tachymeter it warns, and the
   * metrics are empty. With invalid options, the creation of the application throws an OptionsError with all of them.
   */
  static forRoot(options: TachymeterModuleOptions = {}): DynamicModule {
    const { meterName = DEFAULT_METER, ...routesOptions } = options;
    return {
      module: TachymeterModule,
      global: true,
      providers: [
        { provide: TELEMETRY, useFactory: running },
        { provide: meterToken(), useFactory: () => metrics.getMeter(meterName) },
        TachymeterHealthIndicator,
        {
          provide: ServerRoutes,
          useFactory: (host: HttpAdapterHost) => new ServerRoutes(host, routesOptions),
          inject: [HttpAdapterHost],
        },
      ],
      exports: [TELEMETRY, meterToken(), TachymeterHealthIndicator],
    };
  }

  /** Providers of further meters, for `@InjectMeter(name)` in the importing module. */
  static forFeature(...meterNames: readonly string[]): DynamicModule {
    const providers: Provider[] = meterNames.map((name) => ({
      provide: meterToken(name),
      useFactory: () => metrics.getMeter(name),
    }));
    return { module: TachymeterModule, providers, exports: meterNames.map((name) => meterToken(name)) };
  }
}

/** Adds the routes to the server of an application, and removes the exporter at its end. */
class ServerRoutes implements OnModuleInit, OnApplicationShutdown {
  readonly #host: HttpAdapterHost;
  readonly #options: MetricsRoutesOptions;
  #routes: MetricsRoutes | undefined;

  constructor(host: HttpAdapterHost, options: MetricsRoutesOptions) {
    this.#host = host;
    this.#options = options;
    // Now, before the controllers' routes, of which one may match every path.
    this.#add();
  }

  // The server of a testing module is made after its providers.
  onModuleInit(): void {
    this.#add();
  }

  onApplicationShutdown(): void {
    this.#routes?.close();
  }

  // An application context has no server.
  #add(): void {
    const adapter: HttpAdapterHost["httpAdapter"] | undefined = this.#host.httpAdapter;
    if (this.#routes !== undefined || adapter === undefined || adapter === null) return;
    this.#routes = new MetricsRoutes("tachymeter/nestjs", this.#options);
    for (const [path, handle] of this.#routes.handlers) {
      adapter.get(
        path,
        (request: ExpressOrFastify<IncomingMessage>, reply: ExpressOrFastify<ServerResponse>) => {
          // The handler writes the whole response.
          if ("hijack" in reply) reply.hijack();
          handle("raw" in request ? request.raw : request, "raw" in reply ? reply.raw : reply);
        },
      );
    }
  }
}

// Express's requests and responses are those of `node:http`; Fastify's contain them.
type ExpressOrFastify<Message> = Message | { readonly raw: Message; readonly hijack: () => unknown };
