/**
 * `node --import tachymeter/register app.js` (or `--require`): starts Tachymeter before the application, configured by
 * environment variables. If they are invalid, this is logged and the application runs without Tachymeter. Worker
 * threads start no second one: they join the main thread's.
 *
 * @module tachymeter/register
 */
import { register } from "#register";

register();
