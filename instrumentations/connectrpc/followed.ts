// Results of calls: a response, or a stream of messages.
import { isRecord } from "../shared/fields.ts";
import { CODE } from "../shared/rpc-calls.ts";

/** Called at the end of a call; with its error if it failed. */
export type Ended = (failure?: { readonly error: unknown }) => void;

/** The failure of a call whose client has given up. */
export const CANCELED: { readonly error: unknown } = { error: { name: "ConnectError", code: CODE.canceled } };

/** Makes a call. Calls `ended` when the response is complete, has failed, or is no longer read. */
export async function followed(call: () => unknown, ended: Ended): Promise<unknown> {
  try {
    const response = await call();
    if (isRecord(response) && response["stream"] === true) {
      const { message } = response;
      return isStream(message) ? { ...response, message: followedStream(message, ended) } : response;
    }
    ended();
    return response;
  } catch (error) {
    ended({ error });
    throw error;
  }
}

function isStream(value: unknown): value is AsyncIterable<unknown> {
  return isRecord(value) && typeof value[Symbol.asyncIterator] === "function";
}

function followedStream(messages: AsyncIterable<unknown>, ended: Ended): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]() {
      const iterator = messages[Symbol.asyncIterator]();
      const followStep = async (step: Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> => {
        try {
          const result = await step;
          if (result.done === true) ended();
          return result;
        } catch (error) {
          ended({ error });
          throw error;
        }
      };
      const steps: AsyncIterator<unknown> = { next: (...values) => followStep(iterator.next(...values)) };
      // The library treats streams without these methods in another way.
      if (iterator.return !== undefined)
        steps.return = async (value) => {
          ended(CANCELED);
          return (await iterator.return?.(value)) ?? { done: true, value };
        };
      if (iterator.throw !== undefined)
        steps.throw = (error) => followStep(iterator.throw?.(error) ?? Promise.reject(error));
      return steps;
    },
  };
}
