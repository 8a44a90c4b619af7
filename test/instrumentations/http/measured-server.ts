/** A server and the instrumentation that measures it, both made anew for each test of a file. */
import { once } from "node:events";
import { createServer, type RequestListener, type Server, type ServerResponse } from "node:http";
import { afterEach, beforeEach } from "vitest";
import {
  http as instrumented,
  type HttpInstrumentationConfig,
} from "../../../instrumentations/http/index.ts";
import { begin } from "../../../instrumentations/http/instrumentation.ts";
import type { LibraryInstrumentation } from "../../../instrumentations/shared/library-instrumentation.ts";
import { addressOf } from "../../kit/address-of.ts";
import { type Collecting, collectingProvider } from "../../kit/collecting.ts";
import { instrumentationOf } from "../instrumentation-of.ts";

export let collecting: Collecting;
export let instrumentation: LibraryInstrumentation<HttpInstrumentationConfig>;
export let server: Server;
export let port: number;
export let url: string;
/** Responses of `/hang`, which are never sent. */
export let unanswered: ServerResponse[];

/** Serves `/hang` and, by `listener`, all other paths. Without a `config`, the test calls {@link use}. */
export function serve(listener: RequestListener, config?: HttpInstrumentationConfig): void {
  beforeEach(async () => {
    if (config !== undefined) use(config);
    unanswered = [];
    server = createServer((request, response) => {
      if (request.url === "/hang") unanswered.push(response);
      else listener(request, response);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    ({ port } = addressOf(server));
    url = `http://127.0.0.1:${port}`;
  });
  afterEach(async () => {
    instrumentation.disable();
    server.closeAllConnections();
    await new Promise((resolve) => void server.close(resolve));
  });
}

/** Makes the instrumentation of the current test, with a provider. */
export function use(config: HttpInstrumentationConfig, from: Collecting = collectingProvider()): void {
  collecting = from;
  instrumentation = instrumentationOf(instrumented, begin, config);
  instrumentation.setMeterProvider(collecting.provider);
}
