// The health checks that an application gives to `@godaddy/terminus`.
import { type Attach, Components, isObject, type Recording, type HealthConfig } from "../shared/index.ts";
import { MeasuredChecks, recordChecks } from "./measured-checks.ts";

/** Records the health checks of `@godaddy/terminus` as they are asked for. */
export function begin(recording: Recording<HealthConfig>): Attach {
  recordChecks({ components: new Components(recording), recording });
  return (exports) => {
    recording.wrap(exports, "createTerminus", (createTerminus) => {
      return function (server, options, ...rest) {
        const measured = recording.safely(() =>
          isObject(options) ? measuredOptions(options, new MeasuredChecks()) : options,
        );
        return Reflect.apply(createTerminus, this, [server, measured ?? options, ...rest]);
      };
    });
  };
}

// The application's own options are the prototype: its later changes still count.
function measuredOptions(options: object, checks: MeasuredChecks): object {
  const given: unknown = Reflect.get(options, "healthChecks");
  if (!isObject(given)) return options;
  const own = (value: unknown): PropertyDescriptor => ({
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
  const beforeShutdown: unknown = Reflect.get(options, "beforeShutdown");
  const sends: unknown = Reflect.get(options, "sendFailuresDuringShutdown");
  return Object.create(options, {
    healthChecks: own(checks.of(given)),
    // From then on all of them are answered by a failure, and none is run.
    ...(sends !== false && {
      beforeShutdown: own(function (this: unknown, ...args: readonly unknown[]): unknown {
        checks.shutsDown();
        return typeof beforeShutdown === "function"
          ? Reflect.apply(beforeShutdown, this, args)
          : Promise.resolve();
      }),
    }),
  });
}
