import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';

/** The service has one CPU to itself; nginx, the load and this program share the others. */
export const serviceCpu = '0';
export const loadCpus = availableParallelism() > 1 ? `1-${availableParallelism() - 1}` : '0';

/** Keeps this process, and what it starts without saying otherwise, off the service's CPU. */
export function leaveServiceCpu(): void {
  execFileSync('taskset', ['--all-tasks', '--cpu-list', '--pid', loadCpus, `${process.pid}`], { stdio: 'ignore' });
}
