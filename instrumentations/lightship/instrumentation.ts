import { errorTypeOf } from "../../src/recording/error-type.ts";
import { type CallFailure, timedCall } from "../../src/recording/timed-call.ts";
import { Current } from "../shared/current.ts";
import { fieldOf, isObject } from "../shared/fields.ts";
import { Components } from "../shared/health-components.ts";
import type { Attach } from "../shared/instrumented.ts";
import { histogram, observableUpDownCounter } from "../shared/instruments.ts";
import { type Callback, isCallback } from "../shared/observed.ts";
import type { HealthConfig } from "../shared/options.ts";
import type { Recording } from "../shared/recording.ts";

// A result of `createLightship`, and the number of its live beacons.
interface Ship {
  readonly controller: object;
  beacons: number;
}

interface ShipRecording {
  /** Shows the state of all ships as one health component. */
  show(): void;
  handled(seconds: number, failure: CallFailure | undefined): void;
}

const NAME = "lightship";
// The methods of ships stay replaced while the instrumentation is disabled, so that their beacons are counted.
// Held until their server is closed, since an application need not hold them.
const ships = new Set<Ship>();
const watched = new WeakSet<object>();
let isUsed = false;
const current = new Current<ShipRecording>();

/** Records the readiness, beacons and shutdown handlers of `lightship`. */
export function begin(recording: Recording<HealthConfig>): Attach {
  const components = new Components(recording);
  const component = components.nameOf(NAME);
  const durations = histogram(recording.meter, "lightship.shutdown.handler.duration");
  const recorded: ShipRecording = {
    show: () =>
      recording.safely(() => {
        const open = openShips();
        const reason = open.map(reasonOf).find((each) => each !== undefined);
        // After the end of all of them, the last state stays.
        if (open.length > 0)
          components.set(component, reason === undefined ? "healthy" : "unhealthy", reason);
      }),
    handled: (seconds, failure) =>
      recording.safely(() => {
        durations.record(seconds, failure && { "error.type": errorTypeOf(failure.error) });
      }),
  };
  current.set(recording, recorded);
  // The library emits no event when a signal begins the shutdown.
  recording.observe(observableUpDownCounter(recording.meter, "lightship.beacons"), (result) => {
    if (!isUsed) return;
    recorded.show();
    result.observe(openShips().reduce((sum, { beacons }) => sum + beacons, 0));
  });
  return (exports, { path }) => {
    const created = (controller: unknown): void => {
      if (isObject(controller)) watch(controller, recording);
    };
    recording.outcome(exports, path === undefined ? "createLightship" : "default", () => ({
      fulfilled: created,
    }));
  };
}

// Its methods are those of one plain object each.
function watch(controller: object, recording: Recording<HealthConfig>): void {
  if (watched.has(controller)) return;
  watched.add(controller);
  isUsed = true;
  const ship: Ship = { controller, beacons: 0 };
  ships.add(ship);
  const replace = (name: string, replacement: (original: Callback) => Callback): void => {
    const original = fieldOf(controller, name);
    if (isCallback(original)) Reflect.set(controller, name, replacement(original));
  };
  const shown = (original: Callback): Callback =>
    function (...args) {
      const result = Reflect.apply(original, this, args);
      current.value?.show();
      return result;
    };
  for (const name of ["signalReady", "signalNotReady", "shutdown"]) replace(name, shown);
  replace("queueBlockingTask", (original) => {
    return function (task, ...rest) {
      const result = Reflect.apply(original, this, [task, ...rest]);
      const show = (): void => current.value?.show();
      show();
      // The library handles both outcomes first.
      recording.observedAside(task, { fulfilled: show, rejected: show });
      return result;
    };
  });
  replace("createBeacon", (original) => {
    return function (...args) {
      const beacon = Reflect.apply(original, this, args);
      recording.safely(() => countBeacon(ship, beacon));
      return beacon;
    };
  });
  replace("registerShutdownHandler", (original) => {
    return function (handler, ...rest) {
      return Reflect.apply(original, this, [timed(handler), ...rest]);
    };
  });
  current.value?.show();
}

function countBeacon(ship: Ship, beacon: unknown): void {
  const die = fieldOf(beacon, "die");
  if (!isObject(beacon) || !isCallback(die)) return;
  ship.beacons++;
  let isAlive = true;
  Reflect.set(beacon, "die", function (this: unknown, ...args: readonly unknown[]): unknown {
    if (isAlive) ship.beacons--;
    isAlive = false;
    return Reflect.apply(die, this, args);
  });
}

function timed(handler: unknown): unknown {
  if (!isCallback(handler)) return handler;
  return function (this: unknown, ...args: readonly unknown[]): unknown {
    const to = current.value;
    const run = (): unknown => Reflect.apply(handler, this, args);
    if (to === undefined) return run();
    to.show();
    return timedCall(run, (seconds, failure) => to.handled(seconds, failure));
  };
}

// The server ends with the shutdown.
function openShips(): readonly Ship[] {
  for (const ship of ships) {
    if (fieldOf(fieldOf(ship.controller, "server"), "listening") !== true) ships.delete(ship);
  }
  return [...ships];
}

// The reason for which `/ready` returns an error; `undefined` if it does not.
function reasonOf({ controller }: Ship): string | undefined {
  if (call(controller, "isServerShuttingDown") === true) return "shutting down";
  return call(controller, "isServerReady") === true ? undefined : "not ready";
}

function call(controller: object, method: string): unknown {
  const found = fieldOf(controller, method);
  if (!isCallback(found)) throw new TypeError(`a lightship has no ${method}`);
  return Reflect.apply(found, controller, []);
}
