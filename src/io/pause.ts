const sleeper = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Sleeps in the current thread. */
export function pause(millis: number): void {
  Atomics.wait(sleeper, 0, 0, millis);
}
