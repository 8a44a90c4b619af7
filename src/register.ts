/**
 * `node --import tachymeter/register app.js` (or `--require`): starts Tachymeter before the application, configured by
 * environment variables. If they are invalid, this is logged and the application runs without Tachymeter. Worker
 * threads start no second one: they join the main thread's.
 *
 * @module tachymeter/register
 */
import { isMainThread, parentPort } from "node:worker_threads";
import { register } from "#register";

// A thread for loader hooks runs the flags of the thread that has started it. It is not part of the application.
if (isMainThread || parentPort !== null) register();
