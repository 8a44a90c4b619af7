// What the contenders are given: attribute sets, the order of the calls, and values. The same in every process.
import { ORDER_LENGTH } from "./loops.js";

/** The attributes of `count` series, column by column: at most 5 methods, 5 statuses and as many routes as it takes. */
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

/** `count` series that differ in one attribute. */
export function routes(count) {
  const names = Array.from({ length: count }, (_, i) => internalised(`/route/${i}`));
  return { count, routes: names, order: randomOrder(count) };
}

/** Values as latencies are distributed, in milliseconds: logarithmically normal, median 40; their sums are exact. */
export function latencies() {
  const random = randomNumbers(7);
  return Float64Array.from({ length: ORDER_LENGTH }, () => {
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return Math.round(1024 * Math.exp(Math.log(40) + 1.3 * normal)) / 1024;
  });
}

/**
 * The same as objects on the heap, as most computed numbers are: a call that V8 does not inline wants them so. Taken
 * from an array of floats, each would be made into an object for the call, which would look like the callee's garbage.
 */
export function boxed(numbers) {
  const objects = ["none", ...numbers];
  objects.shift();
  return objects;
}

/** The sum of the first `calls` values of a list that is gone through again and again. */
export function sumOf(values, calls) {
  const sum = (some) => some.reduce((total, value) => total + value, 0);
  return Math.floor(calls / values.length) * sum(values) + sum(values.slice(0, calls % values.length));
}

function randomOrder(count) {
  const random = randomNumbers(42);
  return Uint32Array.from({ length: ORDER_LENGTH }, () => Math.floor(random() * count));
}

// A linear congruential generator, so that each process gets the same numbers.
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

// Attribute values in programs are mostly constants, which V8 has internalised; a computed string is so once it has
// been a property's name.
function internalised(text) {
  return Object.keys({ [text]: true })[0];
}
