import { generateKey } from '../keys/key-format.ts';
import type { Answer, Ask, Question } from './doctor-ask.ts';
import { type Finding, note, ok, problem } from './doctor-findings.ts';
import { type Judgement, judge, toText } from './doctor-judgement.ts';
import {
  OPENAPI_PATHS,
  questionForVersion,
  questionsForPaths,
  questionsForSockets,
  questionsWithBodies,
} from './doctor-questions.ts';

const LEFTOVER =
  'nginx serves it by a location that asks nobody: one of its own that is longer, or has `=`, `^~` or a regular expression. ' +
  'Take it out; prefect-auth/locations.conf serves all of Prefect.';
const IN_FRONT =
  'Something stands before prefect-auth there (auth_basic, auth_request, a list of addresses, another proxy): take it away ' +
  "from Prefect's API, whose clients have nothing but their key.";

interface Asked {
  readonly question: Question;
  readonly answer: Answer;
  readonly judgement: Judgement;
}

export interface CheckOptions {
  readonly ask: Ask;
  readonly key: string;
}

/** The API must not be reachable without a key, nor with a key that was never issued. */
export async function checkClosed(base: string, { ask }: CheckOptions): Promise<Finding[]> {
  const [paths, sockets] = [questionsForPaths(base), questionsForSockets(base)];
  const questions = [...paths, ...sockets, ...questionsWithBodies(base)];
  const without = await askAll(ask, questions);
  const [first] = paths;
  // Few: an address that presents many unknown keys is kept waiting.
  const few = [...(first ? [first] : []), ...sockets, ...questionsWithBodies(base)];
  const withUnknown = await askAll(ask, few, `Bearer ${generateKey()}`);
  return [
    ...describeClosed(without, 'without a key', paths.length, sockets.length),
    ...describeClosed(withUnknown, 'with a key that nobody has', few.length - sockets.length, sockets.length),
    ...(await checkOpenapi(base, ask)),
  ];
}

function describeClosed(asked: readonly Asked[], how: string, paths: number, sockets: number): Finding[] {
  const open = asked.filter(({ judgement }) => judgement.kind === 'let-in');
  const others = asked.filter(({ judgement }) => judgement.kind !== 'let-in' && judgement.kind !== 'refused');
  const openings =
    open.length === asked.length
      ? [
          problem(
            `All that was asked ${how} is answered.`,
            'Nobody asks prefect-auth: include prefect-auth/locations.conf in this server. (Or ALLOW_PUBLIC_ACCESS is on.)',
          ),
        ]
      : open.map((each) => problem(`${nameOf(each.question)} is answered ${how} (${each.answer.status}).`, LEFTOVER));
  const closed =
    open.length + others.length === 0 ? [ok(`Refused ${how}: ${paths} paths and ${sockets} WebSockets.`)] : [];
  return [...openings, ...summarize(others, how), ...closed];
}

/** A valid key has to work in the ways that clients send it: on paths, with bodies, on each WebSocket. */
export async function checkOpen(base: string, { ask, key }: CheckOptions): Promise<Finding[]> {
  const basic = Buffer.from(`prefect-auth-doctor:${key}`).toString('base64');
  const version = questionForVersion(base);
  const asked = [
    ...(await askAll(ask, [version, ...questionsWithBodies(base), ...questionsForSockets(base)], `Bearer ${key}`)),
    ...(await askAll(ask, [version], `Basic ${basic}`)),
  ];
  const lacking = asked.filter(
    ({ judgement }) => judgement.kind === 'refused' && judgement.reason === 'insufficient_scope',
  );
  const failed = asked.filter((each) => !lacking.includes(each) && !isServed(each));
  return [
    ...summarize(failed, 'with the key'),
    ...lacking.map(({ question, judgement }) => describeLacking(nameOf(question), judgement)),
    ...(failed.length === 0
      ? [ok(`Let in with the key: ${asked.length - lacking.length} requests, WebSockets included.`)]
      : []),
    ...(await checkBody(base, { ask, key })),
  ];
}

function describeLacking(name: string, judgement: Judgement): Finding {
  const message = 'message' in judgement ? judgement.message : '';
  return /\/unknown\b/.test(message)
    ? problem(
        `${name} is no request that the service knows: ${message}`,
        'Set API_BASE_PATH of the service to where the API lies.',
      )
    : note(`${name} was not tried: ${message}`, 'A key with the role owner tries all.');
}

/** Prefect's answer shows whether it received this body: a `proxy_set_body` around the drop-in would replace it. */
async function checkBody(base: string, { ask, key }: CheckOptions): Promise<Finding[]> {
  const question = { method: 'POST', path: `${base}/flows/filter`, body: '{"limit": "prefect-auth-doctor"}' };
  const [asked] = await askAll(ask, [question], `Bearer ${key}`);
  if (asked?.judgement.kind !== 'let-in' || asked.answer.status === 422) return [];
  return [
    problem(
      `A body does not reach Prefect as it was sent: a limit that is no number is answered ${asked.answer.status}.`,
      'Look for `proxy_set_body` in this nginx, and for another proxy that changes bodies.',
    ),
  ];
}

async function checkOpenapi(base: string, ask: Ask): Promise<Finding[]> {
  const asked = await askAll(
    ask,
    OPENAPI_PATHS.map((path) => ({ method: 'GET', path: base + path })),
  );
  const open = asked.filter(({ judgement }) => judgement.kind === 'let-in');
  if (open.length === 0) return [];
  const paths = open.map(({ question }) => question.path).join(', ');
  return [
    note(
      `For everyone: ${paths}.`,
      'So it should be if OPENAPI_PUBLIC says so; otherwise a location of its own serves it.',
    ),
  ];
}

/** One line for all requests that failed in the same way. */
function summarize(asked: readonly Asked[], how: string): Finding[] {
  const groups = Map.groupBy(asked, ({ judgement, answer }) => toText(judgement, answer));
  return [...groups].map(([text, [first, ...rest]]) => {
    const more = rest.length === 0 ? '' : ` and ${rest.length} more`;
    return problem(
      `${nameOf(first?.question as Question)}${more}, ${how}: ${text}`,
      remedyFor(first?.judgement as Judgement),
    );
  });
}

function remedyFor(judgement: Judgement): string {
  if (judgement.kind === 'refused') return 'Is the key right, and of this service?';
  if (judgement.kind === 'let-in')
    return 'Prefect does not open it: does nginx send Upgrade and Connection on, with HTTP/1.1?';
  return judgement.kind === 'fault'
    ? 'Try again; if it stays so, look into the logs of nginx and of the service.'
    : IN_FRONT;
}

function isServed({ question, answer, judgement }: Asked): boolean {
  return question.isWebSocket ? answer.status === 101 : judgement.kind === 'let-in' && answer.status < 300;
}

export async function askAll(ask: Ask, questions: readonly Question[], authorization?: string): Promise<Asked[]> {
  return Promise.all(
    questions.map(async (question) => {
      const answer = await ask(question, authorization);
      return { question, answer, judgement: judge(answer, question.path) };
    }),
  );
}

function nameOf({ method, path, isWebSocket }: Question): string {
  return isWebSocket ? `The WebSocket ${path}` : `${method} ${path}`;
}
