import { Worker } from 'node:worker_threads';
import type { OriginalRequest } from '../authorization/access-request.ts';
import { Fault } from '../faults/fault.ts';
import { type MergeAnswers, type Merging, mergeAnswers } from '../prefect/merge-answers.ts';
import { type Names, parseNames } from '../prefect/names.ts';
import type { Reading, ReadingOptions } from './read-request.ts';
import { createTurns } from './turns.ts';

/** Reads large requests and answers, one at a time, while the service goes on. Askers take turns. */
export interface ReadingThread {
  /** Rejects if the thread fails, or is not done in time. */
  read(original: OriginalRequest, asker: string): Promise<Reading>;
  /** Reads an answer of Prefect. Rejects with a SyntaxError if it is not JSON. */
  readNames(answer: Buffer): Promise<Names>;
  readonly mergeAnswers: MergeAnswers;
  close(): Promise<void>;
}

/** A message to the thread. */
export type Question =
  | { readonly original: OriginalRequest }
  | { readonly merging: Merging; readonly answer: Uint8Array }
  | { readonly answer: Uint8Array };

/** The thread's first message. Each later message is the result of a question. */
export const READY = 'ready';

interface Task extends PromiseWithResolvers<unknown> {
  readonly question: Question;
}

/** The asker of all of Prefect's answers, so that they wait for one another. */
const PREFECT = 'Prefect';

/** So many bytes are parsed within a millisecond or two. */
const QUICK_ANSWER_BYTES = 64 * 1024;
/** Many times what the largest question takes. nginx waits for five seconds. */
const TIMEOUT_MS = 4_000;
const START_TIMEOUT_MS = 20_000;
/** Several times what the largest question takes. */
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 32 };

/** The thread starts with the first question. */
export function createReadingThread(options: ReadingOptions): ReadingThread {
  const turns = createTurns<Task>();
  let worker: Worker | undefined;
  let isReady = false;
  let current: Task | undefined;
  let deadline: NodeJS.Timeout | undefined;

  function start(): Worker {
    const started = new Worker(new URL('./thread.ts', import.meta.url), {
      workerData: options,
      resourceLimits: LIMITS,
    });
    started.unref();
    started.on('message', (message: unknown) => {
      // A thread that was given up may still answer another question.
      if (worker !== started) return;
      if (isReady) return end((task) => task.resolve(message));
      isReady = message === READY;
      setDeadline(started);
    });
    started.on('error', ({ name }) => fail(started, new Fault(`The thread that reads what is large ended: ${name}`)));
    return started;
  }

  function setDeadline(reader: Worker): void {
    clearTimeout(deadline);
    const late = () => fail(reader, new Fault('What is large took too long to read.'));
    deadline = setTimeout(late, isReady ? TIMEOUT_MS : START_TIMEOUT_MS);
  }

  function fail(failed: Worker, fault: Fault): void {
    if (worker !== failed) return;
    worker = undefined;
    isReady = false;
    failed.terminate();
    end((task) => task.reject(fault));
  }

  function end(settle: (task: Task) => void): void {
    clearTimeout(deadline);
    const task = current;
    current = undefined;
    if (task !== undefined) settle(task);
    next();
  }

  function next(): void {
    if (current !== undefined) return;
    current = turns.next();
    if (current === undefined) return;
    worker ??= start();
    setDeadline(worker);
    worker.postMessage(current.question, toHandOver(current.question));
  }

  function ask(question: Question, asker: string): Promise<unknown> {
    const task: Task = { question, ...Promise.withResolvers<unknown>() };
    turns.add(asker, task);
    next();
    return task.promise;
  }

  return {
    read: (original, asker) => ask({ original }, `user ${asker}`) as Promise<Reading>,
    async readNames(answer) {
      if (answer.length <= QUICK_ANSWER_BYTES) return parseNames(answer);
      const names = (await ask({ answer }, PREFECT)) as Names | undefined;
      if (names === undefined) throw new SyntaxError('This is no JSON.');
      return names;
    },
    async mergeAnswers(merging, answer, asker) {
      if (answer === undefined || answer.length <= QUICK_ANSWER_BYTES) return mergeAnswers(merging, answer);
      const merged = (await ask({ merging, answer }, `user ${asker}`)) as Uint8Array | undefined;
      return merged && Buffer.from(merged.buffer, merged.byteOffset, merged.byteLength);
    },
    async close() {
      clearTimeout(deadline);
      await worker?.terminate();
    },
  };
}

/** A large answer is transferred, not copied: it is not used here any more. A small one may share its buffer with others. */
function toHandOver(question: Question): ArrayBuffer[] {
  if (!('merging' in question)) return [];
  const { buffer, byteLength } = question.answer;
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [];
}
