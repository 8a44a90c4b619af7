// Decorators for classes that Nest creates.
import { Inject } from "@nestjs/common";
import { Application, type Labels } from "../../facades/index.ts";

/** Token of the running Tachymeter. */
export const TELEMETRY: unique symbol = Symbol.for("tachymeter.nestjs.telemetry");
/** Name of the meter that `@InjectMeter()` injects. */
export const DEFAULT_METER = "nestjs";

/** Returns the token of a meter, for tests that replace it: `overrideProvider(meterToken("orders"))`. */
export function meterToken(name: string = DEFAULT_METER): symbol {
  return Symbol.for(`tachymeter.nestjs.meter.${name}`);
}

/**
 * Injects a meter of OpenTelemetry's API: that of `forRoot()`, or one that `forFeature()` names.
 *
 * @example
 * ```ts
 * class Orders {
 *   readonly #placed: Counter;
 *   constructor(@InjectMeter() meter: Meter) {
 *     this.#placed = meter.createCounter("orders.placed");
 *   }
 * }
 * ```
 */
export function InjectMeter(name?: string): ParameterDecorator & PropertyDecorator {
  return Inject(meterToken(name));
}

/** Injects the running `Tachymeter`; `undefined` without one. */
export function InjectTelemetry(): ParameterDecorator & PropertyDecorator {
  return Inject(TELEMETRY);
}

// It records to the running Tachymeter, also if that is started later.
const application = new Application();

/**
 * Times a method in the histogram `application.call.duration`, until its promise settles. `name` becomes
 * `code.function.name`; by default it is `<class>.<method>`. Nest's own decorators of the method keep their effect, above
 * this one and below it.
 *
 * @throws TimerTargetError if it decorates anything but a method or an accessor.
 *
 * @example
 * ```ts
 * class Orders {
 *   @Timed()
 *   async place(order: Order) {}
 * }
 * ```
 */
export function Timed(name?: string, tags?: Labels): MethodDecorator {
  return (target, key, descriptor) => {
    // A static method's target is the class itself.
    const { name: className } = typeof target === "function" ? target : target.constructor;
    const ownName = `${className}.${String(key)}`;
    const timed = application.timer(name ?? ownName, tags)(target, key, descriptor);
    copyMetadata(descriptor.value, timed.value);
    return timed;
  };
}

// Nest keeps the facts of its decorators, such as a route, beside the function, not in its properties.
function copyMetadata(from: unknown, to: unknown): void {
  if (typeof from !== "function" || typeof to !== "function") return;
  for (const key of Reflect.getMetadataKeys(from)) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, from), to);
  }
}
