// The events of a subscription of `@graphql-tools/executor`. It executes each by a function of its own, which cannot be replaced:
//
//   resolver ─► source ─► [event: the time is taken] ─► execution ─► stream ─► [result: recorded]
import type { Method } from "../../src/recording/replace-method.ts";
import { nowMillis } from "../shared/clock.ts";
import { fieldOf, hasMethods, isObject, isRecord } from "../shared/fields.ts";
import { isCallback } from "../shared/observed.ts";

type Field = Readonly<Record<"subscribe", Method>>;
type Resolver = readonly [owner: object, name: string, original: Method];
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
  const restores = resolversOf(execution).map(([owner, name, original]) => {
    const own = Object.getOwnPropertyDescriptor(owner, name);
    Reflect.set(owner, name, function (this: unknown, ...args: readonly unknown[]): unknown {
      return whenKnown(Reflect.apply(original, this, args), noted);
    });
    return () =>
      own === undefined ? Reflect.deleteProperty(owner, name) : Reflect.defineProperty(owner, name, own);
  });
  try {
    return whenKnown(subscribe(), (stream) => (isStream(stream) ? watched(stream, ended) : stream));
  } finally {
    for (const restore of restores) restore();
  }
}

// A field of type `Subscription` has its own resolver of the source, or that of the execution is called.
function resolversOf(execution: unknown): readonly Resolver[] {
  if (!isObject(execution)) return [];
  const common = fieldOf(execution, "subscribeFieldResolver") ?? rootField;
  return [
    ...sourceFields(execution).map((field): Resolver => [field, "subscribe", field.subscribe]),
    ...(isCallback(common) ? [[execution, "subscribeFieldResolver", common] satisfies Resolver] : []),
  ];
}

// The source if there is no resolver, as the package finds it.
function rootField(root: unknown, ...args: readonly unknown[]): unknown {
  const [, , info] = args;
  const name = String(fieldOf(info, "fieldName"));
  if (!isObject(root) && !isCallback(root)) return undefined;
  const source: unknown = Reflect.get(root, name);
  return isCallback(source) ? Reflect.apply(source, root, args) : source;
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
