// A module with metrics, health checks, an injected meter and a timed method.
import type { Counter, Meter } from "@opentelemetry/api";
import { Controller, Get, Inject, Injectable, Module, Param } from "@nestjs/common";
import { HealthCheck, HealthCheckService, TerminusModule } from "@nestjs/terminus";
import { InjectMeter, TachymeterHealthIndicator, TachymeterModule, Timed } from "tachymeter/nestjs";

@Injectable()
class Orders {
  readonly #placed: Counter;

  constructor(@InjectMeter() meter: Meter) {
    this.#placed = meter.createCounter("orders", { unit: "{order}" });
  }

  @Timed() // application.call.duration of "Orders.place"
  async place(id: string): Promise<string> {
    this.#placed.add(1, { channel: "web" });
    return `order ${id}\n`;
  }
}

@Controller("shop")
class ShopController {
  constructor(@Inject(Orders) private readonly orders: Orders) {}

  @Get("orders/:id") // http.route is "/shop/orders/:id"
  find(@Param("id") id: string): Promise<string> {
    return this.orders.place(id);
  }
}

@Controller("health")
class HealthController {
  constructor(
    @Inject(HealthCheckService) private readonly terminus: HealthCheckService,
    @Inject(TachymeterHealthIndicator) private readonly tachymeter: TachymeterHealthIndicator,
  ) {}

  @Get()
  @HealthCheck()
  check() {
    return this.terminus.check([() => this.tachymeter.isHealthy("shop")]);
  }
}

@Module({
  // /metrics, /livez, /readyz, /healthz
  imports: [TachymeterModule.forRoot({ health: true }), TerminusModule],
  controllers: [ShopController, HealthController],
  providers: [Orders],
})
export class Application {}
