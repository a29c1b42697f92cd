import { type Ask, createAsk } from './doctor-ask.ts';
import { askAll } from './doctor-checks.ts';
import { type Finding, note, ok, problem } from './doctor-findings.ts';
import { questionForVersion } from './doctor-questions.ts';

/** Checks what the server has beside Prefect's API: the pages, and the service's own endpoints. */
export async function checkServer(path: string, ask: Ask): Promise<Finding[]> {
  const targets = [path || '/', '/metrics', '/readyz', '/healthz'];
  const [page, ...own] = await askAll(
    ask,
    targets.map((target) => ({ method: 'GET', path: target })),
  );
  const reached = own.filter(({ answer: { body } }) => /prefect_auth_|"invalidation"|"store"/.test(body));
  return [
    ...(page === undefined || page.judgement.kind === 'let-in'
      ? []
      : [describePage(page.judgement.kind, page.answer.status)]),
    ...reached.map(({ question }) =>
      problem(
        `The service's own ${question.path} can be reached from outside.`,
        'Send nothing but questions of nginx to it.',
      ),
    ),
  ];
}

function describePage(kind: string, status: number): Finding {
  if (kind === 'fault')
    return problem(`Prefect's pages are not served (${status}).`, 'Does Prefect run, where nginx looks for it?');
  return note(`Prefect's pages have a sign-in of their own (${status}), before the one with a key.`);
}

/** Keys travel in every request. @param base of the API */
export async function checkEncryption(origin: URL, base: string): Promise<Finding[]> {
  if (origin.protocol === 'http:') {
    const remedy = 'Use https, unless TLS ends before this server and nobody reaches it otherwise.';
    return [note('Keys travel in clear: this is plain HTTP.', remedy)];
  }
  // If the URL names a port, the port of plain HTTP is unknown.
  return origin.port === '' ? [await checkPlain(base, createAsk(new URL(`http://${origin.hostname}`)))] : [];
}

export async function checkPlain(base: string, ask: Ask): Promise<Finding> {
  const [asked] = await askAll(ask, [questionForVersion(base)]).catch(() => []);
  if (asked === undefined) return ok('Nothing answers on plain HTTP.');
  const { judgement, answer } = asked;
  if (judgement.kind === 'let-in') {
    return problem(`Plain HTTP answers without a key (${answer.status}).`, 'Take that server away, or let it refuse.');
  }
  if (judgement.kind !== 'redirected') return ok('Plain HTTP refuses what is asked of the API.');
  return note(
    'Plain HTTP sends clients on to https: a key that was sent there has leaked, and nobody notices.',
    "Let it refuse Prefect's API, and redirect pages only.",
  );
}

/** No answer shows this. */
export const LOG_NOTE: Finding = note(
  "nginx's log format `combined` writes the user name of Basic, and so a key that is sent as one (https://KEY@host).",
  'Write `access_log … prefect_auth;` in this server, or use another log_format without $remote_user.',
);
