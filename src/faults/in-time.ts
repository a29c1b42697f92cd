import { Fault } from './fault.ts';

/** Returns the result of the work. Throws a Fault if there is none within so many milliseconds. */
export async function inTime<Result>(milliseconds: number, work: Promise<Result>): Promise<Result> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Fault(`It did not end within ${milliseconds} ms.`)), milliseconds);
  // A failure after the deadline concerns no caller.
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
