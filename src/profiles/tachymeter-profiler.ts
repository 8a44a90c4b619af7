// The worker thread that reads the profiles of the main thread.
import { parentPort, workerData } from "node:worker_threads";
import type { ProfilerData } from "./messages.ts";
import { ProfileReader } from "./profile-reader.ts";

const data: ProfilerData = workerData;
if (parentPort !== null) new ProfileReader(data, parentPort).begin();
