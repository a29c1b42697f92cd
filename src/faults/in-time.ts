import { Fault } from './fault.ts';

/** What comes of the work; a fault where nothing has within so many milliseconds. */
export async function inTime<Result>(milliseconds: number, work: Promise<Result>): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Fault(`It did not end within ${milliseconds} ms.`)), milliseconds);
  // Whoever waited is gone by then.
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
