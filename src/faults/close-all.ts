import { inTime } from './in-time.ts';

/** The parts to close, by the names that the errors give them. */
export type Closable = Readonly<Record<string, () => Promise<void>>>;

/**
 * Closes one step after the other, and the parts of a step at the same time. If a part fails, or takes longer than so many
 * milliseconds, the others are closed nevertheless. Throws an AggregateError of all failures.
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
