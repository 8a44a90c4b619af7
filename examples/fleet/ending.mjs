// The end of a process of the fleet: its parent disconnects from it, or has exited.

/**
 * Calls `stop` at that moment, or now if it has passed. `stop` must release everything that keeps the process alive.
 */
export function whenLetGo(stop) {
  // `null` after a disconnect; `undefined` if there was never a connection.
  if (process.channel === null) stop();
  else process.once("disconnect", stop);
}
