import { createNoopMeter, diag, type Meter, type MeterOptions, type MeterProvider } from "@opentelemetry/api";
import { errorMessage } from "../../diagnostics/error-message.ts";
import type { MemberProvider } from "./member-provider.ts";

/** Provider of a thread that is loaded with its first meter, since most threads record nothing. */
export class ThreadMeterProvider implements MemberProvider, MeterProvider {
  readonly #load: () => MemberProvider;
  #loaded: MemberProvider | undefined;
  #hasFailed = false;

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

  // The application's files may have been replaced while it runs.
  getMeter(name: string, version?: string, options?: MeterOptions): Meter {
    if (this.#hasFailed) return createNoopMeter();
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
