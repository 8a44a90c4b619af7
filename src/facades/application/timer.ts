import { readField } from "../../events/labels.ts";
import type { CallRecorder } from "./call-recorder.ts";
import { timedFunction } from "./timed-function.ts";

/** Any function. */
export type AnyFunction = (...args: never[]) => unknown;

/**
 * Times functions, as a wrapper or as a decorator. It decorates methods, getters and setters, by TC39's decorators or
 * TypeScript's `experimentalDecorators`, and with TC39's also fields that hold a function. The timed function has the
 * same type, `this`, name and length.
 */
export interface Timer {
  /** Decorates a method, a getter or a setter. */
  <Fn extends AnyFunction>(
    method: Fn,
    context: ClassMethodDecoratorContext | ClassGetterDecoratorContext | ClassSetterDecoratorContext,
  ): Fn;
  /** Decorates a field that holds a function. */
  <Fn extends AnyFunction>(
    field: undefined,
    context: ClassFieldDecoratorContext<unknown, Fn>,
  ): (initial: Fn) => Fn;
  /** With `experimentalDecorators`: decorates a method or an accessor. An accessor's getter is timed if it has one. */
  <Value>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<Value>,
  ): TypedPropertyDescriptor<Value>;
  /** Wraps a function. */
  <Fn extends AnyFunction>(fn: Fn): Fn;
}

/** Thrown by a timer if its target cannot be called. */
export class TimerTargetError extends TypeError {
  /** Always `TimerTargetError`. */
  override readonly name = "TimerTargetError";
  /** Always `TACHYMETER_TIMER_TARGET`. */
  readonly code = "TACHYMETER_TIMER_TARGET";
}

/**
 * Creates a timer.
 *
 * @param recorderOf returns the recorder for a function of this name.
 */
export function timerFor(recorderOf: (ownName: string) => CallRecorder): Timer;
export function timerFor(recorderOf: (ownName: string) => CallRecorder): unknown {
  function timer(target: unknown, context?: unknown, descriptor?: unknown): unknown {
    if (isDecoratorContext(context)) return decorated(target, context);
    if (isPropertyKey(context)) return decoratedProperty(context, descriptor);
    return timed(target, recorderOf(nameOfFunction(target)));
  }

  function decorated(target: unknown, { kind, name }: DecoratorFacts): unknown {
    if (kind === "class" || kind === "accessor")
      throw wrongTarget(name, `it decorates ${kind === "class" ? "a class" : "an accessor field"}`);
    const recorder = recorderOf(String(name));
    return kind === "field" ? (initial: unknown) => timed(initial, recorder) : timed(target, recorder);
  }

  function decoratedProperty(key: string | symbol, descriptor: unknown): PropertyDescriptor {
    if (!isPropertyDescriptor(descriptor)) throw wrongTarget(key, "it decorates a field");
    const recorder = recorderOf(String(key));
    const part = PROPERTY_PARTS.find((each) => descriptor[each] !== undefined) ?? "value";
    return { ...descriptor, [part]: timed<unknown>(descriptor[part], recorder) };
  }

  function timed<Target>(target: Target, recorder: CallRecorder): Target;
  function timed(target: unknown, recorder: CallRecorder): unknown {
    if (typeof target === "function") return timedFunction(target, recorder);
    throw wrongTarget(recorder.name, `its target is a value of type ${typeof target}`);
  }

  return timer;
}

const PROPERTY_PARTS = ["get", "set", "value"] as const;

interface DecoratorFacts {
  readonly kind: string;
  readonly name: unknown;
}

function isDecoratorContext(given: unknown): given is DecoratorFacts {
  return typeof readField(given, "kind") === "string";
}

function isPropertyKey(given: unknown): given is string | symbol {
  return typeof given === "string" || typeof given === "symbol";
}

function isPropertyDescriptor(given: unknown): given is PropertyDescriptor {
  return typeof given === "object" && given !== null;
}

// Empty for an unnamed function. A proxy may throw, and a function's name may be of any type.
function nameOfFunction(given: unknown): string {
  try {
    return typeof given === "function" && typeof given.name === "string" ? given.name : "";
  } catch {
    return "";
  }
}

/** The error for `timer(fn)` and `@timer` without a call. */
export function nameForgotten(): TimerTargetError {
  return new TimerTargetError(
    'timer: name must be a string, got a function; call timer first, as in timer("load")(fn), or timer()(fn) for the function\'s own name',
  );
}

function wrongTarget(name: unknown, what: string): TimerTargetError {
  return new TimerTargetError(
    `timer "${String(name)}": ${what}; wrap a function, or decorate a method, a getter, a setter or a field that holds a function`,
  );
}
