import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** Read before this process leaves some of them. */
export const cores = availableParallelism();

/** The service has one CPU to itself; nginx, the load and this program share the others. */
export const serviceCpu = '0';
export const allCpus = `0-${cores - 1}`;

/** Keeps this process, and what it starts without saying otherwise, off the first CPUs, which are the service's. */
export function leaveServiceCpus(count: number): void {
  const others = cores > count ? `${count}-${cores - 1}` : '0';
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', others, `${process.pid}`], { stdio: 'ignore' });
}
