import { createNoopMeter, diag, type Meter, type MeterOptions, type MeterProvider } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { MemberProvider } from "./member-provider.ts";

/** Provider of a thread that is loaded with its first meter, since most threads record nothing. */
export class ThreadMeterProvider implements MemberProvider, MeterProvider {
  readonly #load: () => MemberProvider;
  #loaded: MemberProvider | undefined;
  #hasFailed = false;
  #importing: Promise<unknown> | undefined;

  constructor(load: () => MemberProvider) {
    this.#load = load;
  }

  get meterProvider(): MeterProvider {
    return this;
  }

  async publish(): Promise<void> {
    await this.#loaded?.publish();
  }

  publishNow(): void {
    this.#loaded?.publishNow();
  }

  takeExemplars(): string | undefined {
    return this.#loaded?.takeExemplars();
  }

  /** Waits for an import of the file that `load` requires. Node.js refuses to require it meanwhile. */
  async whileImporting<Part>(importing: Promise<Part>): Promise<Part> {
    this.#importing = importing;
    try {
      return await importing;
    } finally {
      this.#importing = undefined;
    }
  }

  // The application's files may have been replaced while it runs.
  getMeter(name: string, version?: string, options?: MeterOptions): Meter {
    if (this.#hasFailed) return createNoopMeter();
    if (this.#loaded === undefined && this.#importing !== undefined) {
      const meter = (): Meter => this.getMeter(name, version, options);
      return later(createNoopMeter(), this.#importing.then(meter, meter));
    }
    try {
      this.#loaded ??= this.#load();
    } catch (error) {
      this.#hasFailed = true;
      diag.error(
        `group: the measurements of a worker thread are not included, since a file was not loaded: ${errorMessage(error)}`,
      );
      return createNoopMeter();
    }
    return this.#loaded.meterProvider.getMeter(name, version, options);
  }
}

// Stands in for an object that is made later, which gets all calls. `noop` has its methods.
function later<Made extends object>(noop: Made, made: Promise<unknown>): Made {
  let found: unknown;
  const call = (object: unknown, name: string | symbol, given: readonly unknown[]): unknown => {
    const method: unknown = object instanceof Object ? Reflect.get(object, name) : undefined;
    return typeof method === "function" ? Reflect.apply(method, object, given) : undefined;
  };
  void made.then((object) => (found = object));
  return new Proxy(noop, {
    get: (_, name) => {
      if (typeof Reflect.get(noop, name) !== "function") return undefined;
      return (...given: unknown[]) => {
        if (found !== undefined) return call(found, name, given);
        const result = call(noop, name, given);
        const real = made.then((object) => call(object, name, given)).catch(() => {});
        return result instanceof Object ? later(result, real) : result;
      };
    },
  });
}
