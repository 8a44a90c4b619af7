// The script of workerpool's workers.
import workerpool from "workerpool";
import { task } from "./tasks.mjs";

workerpool.worker({ task });
