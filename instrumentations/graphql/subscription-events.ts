// The events of a subscription of `@graphql-tools/executor`. It executes each by a function of its own, which cannot be replaced:
//
//   field's `subscribe` ─► source ─► [event: the time is taken] ─► execution ─► stream ─► [result: recorded]
import type { Method } from "../../src/recording/replace-method.ts";
import { nowMillis } from "../shared/clock.ts";
import { fieldOf, hasMethods, isObject, isRecord } from "../shared/fields.ts";

type Field = Readonly<Record<"subscribe", Method>>;
type Iterator = Readonly<Record<"next", Method>>;

/** Records one event: the time of its execution, and its result. */
export type EventRecorder = (seconds: number, result: unknown) => void;

/** Whether a result is the stream of a subscription. Without one, it could not begin. */
export function isStream(value: unknown): value is object {
  return isObject(value) && typeof Reflect.get(value, Symbol.asyncIterator) === "function";
}

/** Begins a subscription by calling `subscribe`, and records its events. */
export function withEvents(execution: unknown, subscribe: () => unknown, record: EventRecorder): unknown {
  // The events that are executed now, the oldest first.
  const begunMillis: number[] = [];
  const noted = (source: unknown): unknown => withSource(source, () => void begunMillis.push(nowMillis()));
  const ended = (result: unknown): void => {
    const begun = begunMillis.shift();
    // The first part ends an event; deferred parts follow.
    if (begun !== undefined) record((nowMillis() - begun) / 1000, result);
  };
  // They are read while `subscribe` runs, and not later.
  const fields = sourceFields(execution);
  const originals = fields.map(({ subscribe: original }) => original);
  for (const field of fields) {
    const { subscribe: original } = field;
    Reflect.set(field, "subscribe", function (this: unknown, ...args: readonly unknown[]): unknown {
      return whenKnown(Reflect.apply(original, this, args), noted);
    });
  }
  try {
    return whenKnown(subscribe(), (stream) => (isStream(stream) ? watched(stream, ended) : stream));
  } finally {
    fields.forEach((field, index) => Reflect.set(field, "subscribe", originals[index]));
  }
}

// The fields of type `Subscription` that have a source.
function sourceFields(execution: unknown): readonly Field[] {
  try {
    const schema = fieldOf(execution, "schema");
    const type = hasMethods(schema, "getSubscriptionType") ? schema.getSubscriptionType() : undefined;
    const fields = hasMethods(type, "getFields") ? type.getFields() : undefined;
    return Object.values(isRecord(fields) ? fields : {}).filter((field) => hasMethods(field, "subscribe"));
  } catch {
    // The package reports it.
    return [];
  }
}

function whenKnown(value: unknown, act: (value: unknown) => unknown): unknown {
  return hasMethods(value, "then") ? value.then(act) : act(value);
}

// Several subscriptions may have one source, so that it stays as it is.
function withSource(source: unknown, note: () => void): unknown {
  if (!isStream(source)) return source;
  return {
    [Symbol.asyncIterator]() {
      const iterator: unknown = Reflect.apply(Reflect.get(source, Symbol.asyncIterator), source, []);
      if (!hasMethods(iterator, "next")) return iterator;
      const { next } = watchedNext(iterator, note);
      return Object.assign(
        { next },
        hasMethods(iterator, "return") && { return: iterator.return.bind(iterator) },
        hasMethods(iterator, "throw") && { throw: iterator.throw.bind(iterator) },
      );
    },
  };
}

// The stream is an iterator of its own, made for this subscription.
function watched(stream: object, ended: (result: unknown) => void): object {
  return hasMethods(stream, "next") ? Object.assign(stream, watchedNext(stream, ended)) : stream;
}

function watchedNext(iterator: Iterator, see: (value: unknown) => void): Iterator {
  const { next } = iterator;
  return {
    async next(...args) {
      const result: unknown = await Reflect.apply(next, iterator, args);
      if (fieldOf(result, "done") !== true) see(fieldOf(result, "value"));
      return result;
    },
  };
}
