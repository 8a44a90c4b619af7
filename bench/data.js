// Input of the contenders, identical in every process: attribute sets, the order of the calls, and values.
import { ORDER_LENGTH } from "./loops.js";

/**
 * Returns the attributes of `count` series, by column: at most 5 methods, 5 statuses, and the required number of
 * routes.
 */
export function attributeSets(count) {
  const methodNames = ["GET", "POST", "PUT", "PATCH", "DELETE"].slice(0, count < 25 ? 2 : 5);
  const statusCodes = [200, 201, 400, 404, 500].slice(0, count < 25 ? 2 : 5);
  const combinations = methodNames.length * statusCodes.length;
  const routeNames = Array.from({ length: Math.ceil(count / combinations) }, (_, i) =>
    internalised(`/route/${i}`),
  );
  const sets = { count, methods: [], routes: [], statuses: [] };
  for (let s = 0; s < count; s++) {
    sets.methods.push(methodNames[s % methodNames.length]);
    sets.statuses.push(statusCodes[Math.floor(s / methodNames.length) % statusCodes.length]);
    sets.routes.push(routeNames[Math.floor(s / combinations)]);
  }
  return { ...sets, order: randomOrder(count) };
}

/** Returns `count` series that differ in one attribute. */
export function routes(count) {
  const names = Array.from({ length: count }, (_, i) => internalised(`/route/${i}`));
  return { count, routes: names, order: randomOrder(count) };
}

/** Returns values distributed like latencies, in milliseconds: log-normal with median 40; their sums are exact. */
export function latencies() {
  const random = randomNumbers(7);
  return Float64Array.from({ length: ORDER_LENGTH }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.round(1024 * Math.exp(Math.log(40) + 1.3 * normal)) / 1024;
  });
}

/**
 * Returns the same numbers as objects on the heap, like most computed numbers: a call that V8 does not inline needs
 * them in that form. Numbers from an array of floats would each be allocated for the call, which would look like the
 * callee's garbage.
 */
export function boxed(numbers) {
  const objects = ["none", ...numbers];
  objects.shift();
  return objects;
}

/** Returns the sum of the first `calls` values of a list that is repeated. */
export function sumOf(values, calls) {
  const sum = (some) => some.reduce((total, value) => total + value, 0);
  return Math.floor(calls / values.length) * sum(values) + sum(values.slice(0, calls % values.length));
}

function randomOrder(count) {
  const random = randomNumbers(42);
  return Uint32Array.from({ length: ORDER_LENGTH }, () => Math.floor(random() * count));
}

// A linear congruential generator, so that every process gets the same numbers.
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

// Attribute values in programs are mostly constants, which V8 internalizes. A computed string is internalized once it
// was used as a property name.
function internalised(text) {
  return Object.keys({ [text]: true })[0];
}
