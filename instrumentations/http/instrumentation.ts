import { ClientRequest } from "node:http";
import { isInternalTraffic } from "../../src/io/http/internal-traffic.ts";
import { missedMessage } from "../../src/recording/first-message.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import type { Attach } from "../shared/instrumented.ts";
import { counter, histogram, observableUpDownCounter } from "../shared/instruments.ts";
import { LiveValues } from "../shared/live-values.ts";
import { outliving, outlivingValues } from "../shared/outliving.ts";
import type { Recording } from "../shared/recording.ts";
import { watchAdonis } from "./adonisjs.ts";
import { BodySizes } from "./body-sizes.ts";
import { ClientDurations } from "./client-durations.ts";
import { ClientRequests, leavesHttp } from "./client-requests.ts";
import { watchExpress } from "./express.ts";
import { watchFastify } from "./fastify.ts";
import { watchH3 } from "./h3.ts";
import { watchHapi } from "./hapi.ts";
import { watchHono } from "./hono.ts";
import { SentStream, type SentStreamListeners } from "./http2.ts";
import { watchStreams } from "./http2-streams.ts";
import { watchKoa } from "./koa.ts";
import {
  ChosenClientDurations,
  ChosenClientRequests,
  ChosenFigures,
  OwnAttributes,
} from "./own-attributes.ts";
import { watchPolka } from "./polka.ts";
import { ServedFigures } from "./served-figures.ts";
import { watchFetch, watchNodeServers } from "./runtimes.ts";
import { type Served, ServedRequests } from "./served-requests.ts";
import { ServedStreams } from "./served-streams.ts";
import { watchWebServers } from "./web-servers.ts";
import { type HttpInstrumentationConfig, isTimed } from "./index.ts";

// Requests that were active at the end of a recording. The next recording may never begin.
const servedOf = outliving(() => new LiveValues<object, Served>());
const sentOf = outlivingValues<object, string>();

/**
 * Counts and times the HTTP requests that the application serves and makes, including `fetch`, and counts active
 * requests. Server durations have routes of frameworks.
 */
export function begin(recording: Recording<HttpInstrumentationConfig>): Attach {
  const { meter, config, failed } = recording;
  const own = (config.attributes ?? config.requestHeaders) && new OwnAttributes(recording);
  const sizes = config.bodySizes === true ? new BodySizes(recording) : undefined;
  const served = countServed(recording, own, sizes);
  const active = sentOf(recording);
  const counts = countSent(recording, own, active);
  const sent: Sent[] = [counts];
  const [timesNode, timesUndici] = [isTimed(config, "http"), isTimed(config, "undici")];
  let client: ClientDurations | undefined;
  if (timesNode || timesUndici) {
    const durations = histogram(meter, "http.client.request.duration");
    client =
      (own ?? sizes) === undefined
        ? new ClientDurations(durations, failed)
        : new ChosenClientDurations(own, sizes, durations, failed);
    if (timesNode) sent.push(client);
    if (timesUndici) timeUndici(recording, client);
  }
  watchFetch(recording, counts, timesUndici ? client : undefined, own);
  watchNodeClients(recording, sent);
  const ofStreams = streamListeners(recording, counts, timesNode ? client : undefined);
  for (const request of active.keys()) if (request instanceof SentStream) request.adopt(ofStreams);
  watchStreams(recording, {
    served(stream, headers) {
      sizes?.countStreams(stream);
      served.begun(stream, headers);
    },
    sent(stream) {
      sizes?.countStreams(stream);
      ofStreams.begun(new SentStream(stream, ofStreams));
    },
  });
  listen(recording, { "fastify.initialization": (message) => watchFastify(recording, message) });
  const watch = new Map([
    ["express", watchExpress],
    ["koa", watchKoa],
    ["hono", watchHono],
    ["h3", watchH3],
    ["@adonisjs/http-server", watchAdonis],
    ["@hapi/hapi", watchHapi],
    ["polka", watchPolka],
  ]);
  return (exports, { library }) => watch.get(library)?.(recording, exports);
}

function countServed(
  recording: Recording<HttpInstrumentationConfig>,
  own: OwnAttributes | undefined,
  sizes: BodySizes | undefined,
): ServedStreams {
  const { meter, config } = recording;
  const requestCounter = counter(meter, "http.server.requests");
  const durations = isTimed(config, "http") ? histogram(meter, "http.server.request.duration") : undefined;
  const figures =
    (own ?? sizes ?? config.ignore) === undefined
      ? new ServedFigures(requestCounter, durations)
      : new ChosenFigures(recording, own, sizes, requestCounter, durations);
  const requests = new ServedRequests(figures, recording.failed);
  const streams = new ServedStreams(recording, figures);
  const activeOfWeb = watchWebServers(recording, figures);
  recording.observe(observableUpDownCounter(meter, "http.server.active_requests"), (result) =>
    figures.observe(result, [...requests.active(), ...streams.active(), ...activeOfWeb()]),
  );
  const earlier = servedOf(recording);
  requests.adopt(earlier.take().map(([, served]) => served));
  recording.onEnd(() => {
    for (const served of requests.forget()) earlier.set(served.response, served);
  });
  const begun = ({ request, response, server }: Message): void => {
    if (isObject(request) && isObject(response) && !isInternalTraffic(server))
      requests.begun(request, response);
  };
  const finished = ({ response, socket }: Message): void => {
    if (isObject(response) && isObject(socket)) requests.finished(response, socket);
  };
  listen(recording, { "http.server.request.start": begun, "http.server.response.finish": finished });
  watchNodeServers(recording, begun, finished);
  return streams;
}

// Figures of the application's own requests.
type Sent = Pick<ClientDurations, "begun" | "answered" | "failed">;

function countSent(
  recording: Recording<HttpInstrumentationConfig>,
  own: OwnAttributes | undefined,
  active: Map<object, string>,
): ClientRequests {
  const { meter } = recording;
  const requestCounter = counter(meter, "http.client.requests");
  const client =
    own === undefined
      ? new ClientRequests(requestCounter, active)
      : new ChosenClientRequests(requestCounter, active, own);
  recording.observe(observableUpDownCounter(meter, "http.client.active_requests"), (result) =>
    client.observe(result),
  );
  listen(recording, {
    "undici:request:create": ({ request }) => {
      if (isObject(request) && !leavesHttp(request)) client.begun(request);
    },
    "undici:request:headers": ({ request, response }) => {
      if (isObject(request)) client.answered(request, response);
    },
    "undici:request:error": ({ request, error }) => {
      if (isObject(request)) client.failed(request, error);
    },
  });
  return client;
}

function watchNodeClients(recording: Recording<HttpInstrumentationConfig>, sent: readonly Sent[]): void {
  const begun = (request: unknown): void => {
    if (!isObject(request) || isInternalTraffic(request) || leavesHttp(request)) return;
    for (const each of sent) each.begun(request);
  };
  // `http.client.request.start` is too late: it is published once the body is written.
  if (process.version.startsWith("v20.")) {
    // Node.js 20 publishes nothing earlier. This method is called once, by agents, also for a request that has failed.
    recording.before(ClientRequest.prototype, "onSocket", begun);
    begun(fieldOf(missedMessage("http.client.request.start"), "request"));
  } else listen(recording, { "http.client.request.created": ({ request }) => begun(request) });
  listen(recording, {
    "http.client.response.finish": ({ request, response }) => {
      if (isObject(request)) for (const each of sent) each.answered(request, response);
    },
    "http.client.request.error": ({ request, error }) => {
      if (isObject(request)) for (const each of sent) each.failed(request, error);
    },
  });
}

function timeUndici(recording: Recording<HttpInstrumentationConfig>, client: ClientDurations): void {
  listen(recording, {
    "undici:request:create": ({ request }) => {
      if (isObject(request) && !leavesHttp(request)) client.begun(request);
    },
    "undici:request:headers": ({ request, response }) => {
      if (isObject(request)) client.headers(request, response);
    },
    "undici:request:trailers": ({ request }) => {
      if (isObject(request)) client.ended(request);
    },
    "undici:request:error": ({ request, error }) => {
      if (isObject(request)) client.failed(request, error);
    },
  });
}

function streamListeners(
  recording: Recording<unknown>,
  counts: ClientRequests,
  durations: ClientDurations | undefined,
): SentStreamListeners & { begun(request: SentStream): void } {
  return {
    begun(request) {
      counts.begun(request);
      durations?.begun(request);
    },
    answered: (request, response) =>
      recording.safely(() => {
        counts.answered(request, response);
        durations?.headers(request, response, "2");
      }),
    ended: (request, error) =>
      recording.safely(() => {
        if (error === undefined) return durations?.ended(request);
        counts.failed(request, error);
        durations?.failed(request, error);
      }),
  };
}

type Message = Readonly<Partial<Record<"request" | "response" | "server" | "socket" | "error", unknown>>>;

function listen(
  recording: Recording<unknown>,
  channels: Readonly<Record<string, (message: Message) => void>>,
): void {
  for (const [channel, listener] of Object.entries(channels)) recording.subscribe(channel, listener);
}
