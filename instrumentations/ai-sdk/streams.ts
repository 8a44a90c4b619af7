// Streams whose parts are seen while they are read. A stream between the model and its reader would cost several promises a part.
import type { ReadableStreamReadResult, ReadableWritablePair, StreamPipeOptions } from "node:stream/web";

/** Called for the parts of a stream and its end. No function throws. */
export interface StreamWatch {
  readonly part: (part: unknown) => void;
  /** The stream has ended, or its reader has left it. */
  readonly ended: () => void;
  readonly failed: (error: unknown) => void;
}

type Stream = ReadableStream<unknown>;

type Reader = ReadableStreamDefaultReader<unknown>;

/** Replaces the methods of `stream` by which it is read, so that `watch` is called. */
export function watchReads(stream: Stream, watch: StreamWatch): void {
  // Those of another watch, if it is the stream of another call, too.
  const cancel = stream.cancel.bind(stream);
  const getReader: () => Reader = stream.getReader.bind(stream);
  const reader = (): Reader => seenBy(watch, getReader());
  const copy = (): Stream => copied(reader());
  const pipeTo = (target: WritableStream<unknown>, options?: StreamPipeOptions): Promise<void> =>
    options === undefined ? piped(getReader(), target, watch) : copy().pipeTo(target, options);
  const methods = {
    getReader: reader,
    cancel: async (reason?: unknown): Promise<void> => {
      watch.ended();
      await cancel(reason);
    },
    pipeTo,
    pipeThrough: (pair: ReadableWritablePair<unknown, unknown>, options?: StreamPipeOptions): Stream => {
      // The error reaches the reader of the other side.
      pipeTo(pair.writable, options).catch(() => {});
      return pair.readable;
    },
    tee: () => copy().tee(),
    values: (options?: { preventCancel?: boolean }) => copy().values(options),
    [Symbol.asyncIterator]: () => copy().values(),
  };
  for (const name of Reflect.ownKeys(methods))
    Reflect.defineProperty(stream, name, {
      value: Reflect.get(methods, name),
      writable: true,
      configurable: true,
    });
}

function seenBy(watch: StreamWatch, reader: Reader): Reader {
  const read = reader.read.bind(reader);
  const cancel = reader.cancel.bind(reader);
  // One function for all parts.
  const pass = (result: ReadableStreamReadResult<unknown>): ReadableStreamReadResult<unknown> => {
    if (result.done) watch.ended();
    else watch.part(result.value);
    return result;
  };
  const fail = (error: unknown): never => {
    watch.failed(error);
    throw error;
  };
  reader.read = () => read().then(pass, fail);
  reader.cancel = (reason) => {
    watch.ended();
    return cancel(reason);
  };
  return reader;
}

/** Like `pipeTo` without options, with few promises a part. By the Streams Standard, an error of one side ends the other. */
async function piped(reader: Reader, target: WritableStream<unknown>, watch: StreamWatch): Promise<void> {
  const writer = target.getWriter();
  // It may fail while the stream has nothing to read.
  let hasFailed = false;
  writer.closed.catch(async (error: unknown) => {
    if (hasFailed) return;
    watch.ended();
    await reader.cancel(error).catch(() => {});
  });
  let isReading = true;
  try {
    for (let isOpen = true; isOpen;) {
      isReading = true;
      const { done, value } = await reader.read();
      isReading = false;
      isOpen = !done;
      if (done) watch.ended();
      else watch.part(value);
      await (done ? writer.close() : writer.write(value));
    }
  } catch (error) {
    hasFailed = isReading;
    if (isReading) watch.failed(error);
    await writer.abort(error).catch(() => {});
    throw error;
  } finally {
    writer.releaseLock();
    reader.releaseLock();
  }
}

function copied(reader: Reader): Stream {
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        const { done, value } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
}
