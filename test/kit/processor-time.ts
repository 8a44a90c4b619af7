/** Processor time of this process since a call of `process.cpuUsage()`, in microseconds. Other programs have little effect on it. */
export function processorMicros(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}
