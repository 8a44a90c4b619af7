// Requests of remote write: the version that a receiver supports, and its responses.
import type { IncomingHttpHeaders } from "node:http";
import { snappySteps } from "../../../io/bytes/snappy.ts";
import { isSuccess, textOfAnswer } from "../../../io/http/answer-text.ts";
import type { HttpAnswer } from "../../../io/http/exchange.ts";
import type { NewRecord } from "../../../io/outbox/record-queue.ts";
import { allSteps, inSlices } from "../../../io/yield.ts";
import {
  type Attempt,
  attemptFrom,
  failedBy,
  unpack,
  unpackSync,
  unreadable,
} from "../../delivery/attempt.ts";
import type { BackendRequest, HttpBackend, LastRequest } from "../../delivery/http-backend.ts";
import { versionOneSteps } from "./version-one.ts";

type Version = 1 | 2;

const HEADERS = {
  1: { "Content-Type": "application/x-protobuf", "X-Prometheus-Remote-Write-Version": "0.1.0" },
  2: {
    "Content-Type": "application/x-protobuf;proto=io.prometheus.write.v2.Request",
    "X-Prometheus-Remote-Write-Version": "2.0.0",
  },
} as const;

/**
 * Sends records, which are requests of version 2.0 in gzip. A receiver that does not support 2.0 gets the same in
 * version 1.0. It responds with 415 or 400, or with success but without the headers that 2.0 requires. Then it has
 * stored nothing.
 *
 * @see https://prometheus.io/docs/specs/prw/remote_write_spec_2_0/
 */
export class RemoteWriteSender {
  readonly #backend: HttpBackend;
  // The version that the receiver is known to support.
  #version: Version | undefined;

  constructor(backend: HttpBackend) {
    this.#backend = backend;
  }

  /** Never rejects. */
  async send({ body, points }: NewRecord, signal: AbortSignal): Promise<Attempt> {
    const request = await unpack(body).catch(unreadable);
    if ("kind" in request) return request;
    try {
      return this.#version === 1
        ? await this.#sendFirst(request, points, signal)
        : await this.#sendSecond(request, points, signal);
    } catch (error) {
      return failedBy(error);
    }
  }

  /**
   * The requests of the newest records, for the end of a process: as many as can be converted in `millis`. There may be
   * millions of samples.
   */
  lastRequests(records: readonly NewRecord[], millis: number): readonly LastRequest[] {
    const end = performance.now() + millis;
    // Every receiver accepts version 1.0 so far, and there is no time to find out.
    const version = this.#version ?? 1;
    const requests: LastRequest[] = [];
    for (let i = records.length - 1; i >= 0 && performance.now() < end; i--) {
      const { body, points } = records[i]!;
      requests.push({ ...requestOf(version, allSteps(stepsOf(version, unpackSync(body)))), points });
    }
    return requests.toReversed();
  }

  async #sendSecond(request: Uint8Array, points: number, signal: AbortSignal): Promise<Attempt> {
    const answer = await this.#exchange(2, request, signal);
    const written = writtenIn(answer.headers);
    if (written !== undefined) {
      this.#version = 2;
      return this.#outcome(answer, points, written);
    }
    const mayBeFirst = answer.status === 400 && this.#version === undefined;
    if (!isSuccess(answer) && answer.status !== 415 && !mayBeFirst) return this.#outcome(answer, points);
    const second = await this.#exchange(1, request, signal);
    if (isSuccess(second)) this.#version = 1;
    return this.#outcome(second, points);
  }

  async #sendFirst(request: Uint8Array, points: number, signal: AbortSignal): Promise<Attempt> {
    const answer = await this.#exchange(1, request, signal);
    if (answer.status !== 415) return this.#outcome(answer, points);
    // The receiver was replaced.
    this.#version = undefined;
    return this.#sendSecond(request, points, signal);
  }

  async #exchange(version: Version, request: Uint8Array, signal: AbortSignal): Promise<HttpAnswer> {
    return this.#backend.send(requestOf(version, await inSlices(stepsOf(version, request))), signal);
  }

  // A receiver that rejects a part of the samples responds with 400, and with the number of those that it has written.
  #outcome(answer: HttpAnswer, points: number, written?: number): Attempt {
    const message = textOfAnswer(answer, this.#backend.secrets);
    const isPartial = answer.status === 400 && written !== undefined && written > 0;
    if (!isPartial && !isSuccess(answer)) return attemptFrom(answer, Date.now(), message);
    const rejectedPoints = Math.max(points - (written ?? points), 0);
    const { status } = answer;
    return { kind: "delivered", rejectedPoints, status, ...(rejectedPoints > 0 && { message }) };
  }
}

function* stepsOf(version: Version, request: Uint8Array): Generator<void, Uint8Array> {
  return yield* snappySteps(version === 2 ? request : yield* versionOneSteps(request));
}

function requestOf(version: Version, body: Uint8Array): BackendRequest {
  return { method: "POST", headers: { ...HEADERS[version], "Content-Encoding": "snappy" }, body };
}

// The number of samples that the receiver has written; `undefined` if it does not support version 2.0.
function writtenIn(headers: IncomingHttpHeaders): number | undefined {
  const [samples, histograms, exemplars] = ["samples", "histograms", "exemplars"].map(
    (kind) => headers[`x-prometheus-remote-write-${kind}-written`],
  );
  if (samples === undefined && histograms === undefined && exemplars === undefined) return undefined;
  return numberIn(samples) + numberIn(histograms);
}

function numberIn(header: string | string[] | undefined): number {
  const number = Number(header);
  return Number.isSafeInteger(number) ? number : 0;
}
