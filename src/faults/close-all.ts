import { inTime } from './in-time.ts';

/** What is to be closed, by the names that faults are told under. */
export type Closable = Readonly<Record<string, () => Promise<void>>>;

/**
 * Closes each step's parts at once, and one step after the other, whatever becomes of the rest; none is waited for
 * longer than so many milliseconds. Throws an AggregateError of all that failed.
 */
export async function closeAll(steps: readonly Closable[], milliseconds: number): Promise<void> {
  const faults: Error[] = [];
  async function closeOne([name, close]: readonly [string, () => Promise<void>]): Promise<void> {
    try {
      await inTime(milliseconds, close());
    } catch (error) {
      faults.push(new Error(`${name} was not closed: ${(error as Error).message}`));
    }
  }
  for (const step of steps) await Promise.all(Object.entries(step).map(closeOne));
  if (faults.length > 0) throw new AggregateError(faults);
}
