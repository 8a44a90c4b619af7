// A request of a real exporter, from which the requests of simulated processes are made.
import { type IncomingMessage, createServer } from "node:http";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { addressOf } from "../kit/address-of.ts";
import type { RunningProcess } from "../kit/process.ts";
import { newFolder } from "../kit/new-folder.ts";
import { requestFromProtobuf } from "../kit/otlp-receiver/decode.ts";
import { metricsOf } from "../kit/otlp-receiver/index.ts";

/** The request's bytes, and what is replaced in them. The time is a decimal text. */
export interface CapturedRequest {
  readonly file: string;
  readonly instance: string;
  readonly timeUnixNano: string;
  readonly value: number;
}

/** Returns the first request that `startSender` causes, with `value` as value of the series of `jobs`. */
export async function capturedRequest(
  instance: string,
  value: number,
  startSender: (url: string) => Promise<RunningProcess>,
): Promise<CapturedRequest> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const received = once(server, "request");
  const sender = await startSender(`http://127.0.0.1:${addressOf(server).port}/v1/metrics`);
  const [request]: IncomingMessage[] = await received;
  if (request === undefined) throw new Error("no request was received");
  const sent = await buffer(request);
  const body = request.headers["content-encoding"] === "gzip" ? gunzipSync(sent) : sent;
  sender.kill("SIGKILL");
  await sender.exit;
  server.close();
  server.closeAllConnections();
  const jobs = metricsOf(requestFromProtobuf(body)).find(({ name }) => name === "jobs");
  if (jobs?.kind !== "sum") throw new Error("the captured request has no series of jobs");
  const file = join(newFolder("captured"), "request");
  writeFileSync(file, body);
  return {
    file,
    instance,
    timeUnixNano: String(jobs.points[0]?.timeUnixNano),
    value,
  };
}
