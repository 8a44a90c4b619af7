// Preloaded into the processes of the measured fleet: usual work beside that of the fleet, and faults on request.
import { get } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { isMainThread } from "node:worker_threads";
import { running } from "tachymeter";

const COMMAND_MILLIS = 400;
const REQUEST_MILLIS = 300;
const RETRIES = 15;

const faults = {
  leak: repeated(200, (kept) => kept.push(Buffer.alloc(3e6, 1), Array.from({ length: 2e5 }, Math.random))),
  block: repeated(600, () => burn(350)),
  burn: repeated(100, () => burn(85)),
  failingCommand: switched("isFailing"),
  slowCommand: switched("isSlow"),
  retryStorm: switched("isRetrying"),
};
const state = { isFailing: false, isSlow: false, isRetrying: false };

if (isMainThread && process.send !== undefined) {
  process.on("message", ({ fault, isOn }) => faults[fault]?.(isOn));
  // The application decides how long the process lives.
  process.channel?.unref();
  const { FLEET_DEPENDENCY: url } = process.env;
  if (url !== undefined) void work(url);
}

async function work(url) {
  const { commands } = running();
  const every = (millis, step) => setInterval(() => void step(), millis).unref();
  every(COMMAND_MILLIS, () => {
    const usual = 0.02 + 0.005 * Math.random();
    commands.recordExecution(!state.isFailing, state.isSlow ? 10 * usual : usual, "thumbnail");
  });
  every(REQUEST_MILLIS, async () => {
    for (let i = 0; i < (state.isRetrying ? RETRIES : 1); i++) {
      await requested(url);
      await pause(5);
    }
  });
}

function requested(url) {
  return new Promise((resolve) => {
    get(url, (response) => response.resume().once("end", resolve)).once("error", resolve);
  });
}

function burn(millis) {
  const end = performance.now() + millis;
  while (performance.now() < end);
}

function switched(name) {
  return (isOn) => {
    state[name] = isOn;
  };
}

function repeated(millis, step) {
  let [timer, kept] = [undefined, []];
  return (isOn) => {
    clearInterval(timer);
    kept = [];
    if (isOn) timer = setInterval(() => step(kept), millis);
  };
}
