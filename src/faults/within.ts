import { setTimeout as delay } from 'node:timers/promises';
import { Fault } from './fault.ts';

/** Milliseconds before each further try. The first try notices a connection that broke while it was idle. */
const BACK_OFF_MS = [50, 200];

/** Reads, and tries again if that fails, for so many milliseconds at most: no driver gives up on a server that never answers. */
export async function within<Result>(milliseconds: number, read: () => Promise<Result>): Promise<Result> {
  const done = new AbortController();
  const late = delay(milliseconds, undefined, { signal: done.signal }).then(() => {
    throw new Fault(`The database did not answer within ${milliseconds} ms.`);
  });
  try {
    return await Promise.race([readAgain(read, done.signal), late]);
  } finally {
    done.abort();
    late.catch(() => {});
  }
}

async function readAgain<Result>(read: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
  for (const pause of BACK_OFF_MS) {
    try {
      return await read();
    } catch (error) {
      if (signal.aborted) throw error;
      await delay(pause);
    }
  }
  return read();
}
