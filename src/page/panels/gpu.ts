// Panels of the machine's GPUs.
import { type Panel, panel } from "./panel.ts";

// The ID first: the GPUs of a machine often have the same name, and small charts have little room.
const DEVICE = "{{hw_id}} {{hw_name}}";

/** Panels of GPUs, each with one series for a device. */
export const GPU: readonly Panel[] = [
  panel({
    id: "gpu-utilization",
    area: "machine",
    aspect: "utilization",
    title: "GPU utilization",
    description: "Share of the time in which each GPU computes.",
    unit: "1",
    queries: [
      {
        expression: 'max by (hw_name, hw_id) (hw_gpu_utilization_ratio{hw_gpu_task="general"})',
        legend: DEVICE,
      },
    ],
    needs: ["hw_gpu_utilization_ratio"],
    overview: true,
  }),
  panel({
    id: "gpu-memory",
    area: "machine",
    aspect: "utilization",
    title: "GPU memory",
    description: "Share of each GPU's memory that is in use.",
    unit: "1",
    queries: [{ expression: "max by (hw_name, hw_id) (hw_gpu_memory_utilization_ratio)", legend: DEVICE }],
    needs: ["hw_gpu_memory_utilization_ratio"],
    overview: true,
  }),
  panel({
    id: "gpu-temperature",
    area: "machine",
    aspect: "utilization",
    title: "GPU temperature",
    description: "Temperature of each GPU: of its hottest sensor.",
    unit: "Cel",
    queries: [{ expression: "max by (hw_name, hw_id) (hw_temperature_celsius)", legend: DEVICE }],
    needs: ["hw_temperature_celsius"],
  }),
  panel({
    id: "gpu-power",
    area: "machine",
    aspect: "utilization",
    title: "GPU power",
    description: "Power that each GPU draws.",
    unit: "W",
    queries: [{ expression: 'max by (hw_name, hw_id) (hw_power_watts{hw_type="gpu"})', legend: DEVICE }],
    needs: ["hw_power_watts"],
  }),
];
