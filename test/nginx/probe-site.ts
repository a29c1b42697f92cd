import { GOOD, type SiteRequest, type Sites } from './sites.ts';

const id = '0192f3f1-5a0e-7b6c-8d40-2f1f2f3f4f5f';
const small = Buffer.from('{"query": "{ flow { id } }", "a": "caf\u00e9 $request_body"}');
const large = Buffer.from(JSON.stringify({ parameters: 'x'.repeat(200_000) }));

interface Question extends SiteRequest {
  readonly isMirrored?: boolean;
}

/** What is asked about: each location that asks, with and without a body that is mirrored. */
const guarded: readonly Question[] = [
  { target: '/api/flows/1?x=%2F' },
  { method: 'POST', target: '/api/flows/filter', body: large },
  { method: 'DELETE', target: '/api/flows/%61b' },
  { method: 'POST', target: '/api/flow_runs/', body: small, isMirrored: true },
  { method: 'PATCH', target: `/api/flow_runs/${id}`, body: large, isMirrored: true },
  { method: 'POST', target: '/x/api/block_documents/filter', body: small, isMirrored: true },
  { method: 'POST', target: '/graphql', body: small, isMirrored: true },
  { target: '/docs' },
  { target: '/x//y' },
];

const handshake = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'x3JJHMbDL1EzLkh9GBhXDw==',
};

/** Nobody's, and the password of a server around. */
const badCredentials = [{}, { Authorization: 'Bearer bad' }, { Authorization: 'Basic Z29vZDpnb29k' }];

export interface Findings {
  /** What lets someone in, or something else through than was judged. */
  readonly openings: string[];
  /** What a good key is kept from, or is told otherwise than it is. */
  readonly closures: string[];
}

/** Asks all there is to ask of one server. */
export async function probeSite(sites: Sites, index: number): Promise<Findings> {
  const found: Findings = { openings: [], closures: [] };
  for (const question of guarded) {
    await askWithout(sites, index, question, found);
    await askWith(sites, index, question, found);
  }
  await askForSocket(sites, index, found);
  await askForFaults(sites, index, found);
  await askForAnswers(sites, index, found);
  return found;
}

async function askWithout(sites: Sites, index: number, question: Question, found: Findings): Promise<void> {
  for (const credential of badCredentials) {
    forget(sites);
    const { status, body } = await sites.send(index, { ...question, headers: { ...question.headers, ...credential } });
    const what = `${name(question)} without a good key: ${status} ${body}`;
    if (sites.prefect.arrivals.length > 0 || (status >= 200 && status < 300)) found.openings.push(what);
    if (status !== 401 || !isDetail(body)) found.closures.push(what);
  }
}

async function askWith(
  sites: Sites,
  index: number,
  question: Question,
  { openings, closures }: Findings,
): Promise<void> {
  const { prefect, auth } = sites;
  forget(sites);
  const answer = await sites.send(index, { ...question, headers: GOOD });
  const what = name(question);
  if (answer.status !== 200 || answer.body !== '"prefect"') closures.push(`${what}: ${answer.status} ${answer.body}`);
  const [[asked], [arrival]] = [auth.arrivals, prefect.arrivals];
  // nginx itself asks once more what may be asked twice, when an answer breaks off.
  const isRetried = ['GET', 'PUT', 'DELETE'].includes(question.method ?? 'GET') && answer.status >= 500;
  if (prefect.arrivals.length > auth.arrivals.length && !isRetried)
    openings.push(`${what} arrives more often than it is judged`);
  if (arrival === undefined) return;
  const judged = `${asked?.headers['x-original-method']} ${asked?.headers['x-original-uri']}`;
  if (judged !== name(arrival) || judged !== what)
    openings.push(`${what} is judged as ${judged}, runs ${name(arrival)}`);
  const sent = question.body ?? Buffer.alloc(0);
  if (question.isMirrored && asked?.method === 'GET')
    closures.push(`${what} is judged without its body, and so refused`);
  else if (question.isMirrored && !asked?.body.equals(arrival.body)) openings.push(`${what} is judged by another body`);
  if (!arrival.body.equals(sent)) closures.push(`${what} arrives with another body`);
  if (arrival.headers['x-auth-user'] !== 'alice') closures.push(`${what} arrives as nobody's`);
  if (arrival.headers.authorization !== undefined) openings.push(`${what} arrives with its key`);
}

async function askForSocket(sites: Sites, index: number, found: Findings): Promise<void> {
  const question = { target: '/api/events/in', headers: handshake };
  await askWithout(sites, index, question, found);
  const { status, body } = await sites.send(index, { ...question, headers: { ...handshake, ...GOOD } });
  if (status !== 101) found.closures.push(`a WebSocket: ${status} ${body}`);
}

/** A fault is told as one, or clients would not try again. */
async function askForFaults(sites: Sites, index: number, { closures }: Findings): Promise<void> {
  for (const question of [guarded[0], guarded[3]] as Question[]) {
    for (const [who, expected] of [
      ['many', 429],
      ['down', 503],
    ] as const) {
      const { status, body } = await sites.send(index, { ...question, headers: { Authorization: `Bearer ${who}` } });
      if (status !== expected || !isDetail(body)) closures.push(`${name(question)}: ${status} in place of ${expected}`);
    }
  }
}

/** What Prefect answers goes to the client as it is, and commands nothing. */
async function askForAnswers(sites: Sites, index: number, { openings, closures }: Findings): Promise<void> {
  const { prefect } = sites;
  const body = '<html><head></head><!--# include virtual="/api/secret" --></html>';
  for (const type of ['text/html', 'application/json']) {
    prefect.reply = () => ({ status: 404, headers: { 'Content-Type': type }, body });
    forget(sites);
    const answer = await sites.send(index, { target: '/api/flows/1', headers: GOOD });
    if (prefect.arrivals.length > 1 && answer.status === 404)
      openings.push(`an answer of Prefect as ${type} commands something`);
    if (answer.status !== 404 || answer.body !== body) closures.push(`${type}: ${answer.status} ${answer.body}`);
  }
  prefect.reply = () => ({ status: 200, body: '"prefect"' });
  const page = await sites.send(index, { target: '/flows' });
  if (page.status !== 200 || page.body !== '"prefect"') closures.push(`a page: ${page.status} ${page.body}`);
}

function name({ method = 'GET', target }: { readonly method?: string; readonly target: string }): string {
  return `${method} ${target}`;
}

function isDetail(body: string): boolean {
  try {
    return typeof JSON.parse(body).detail === 'string';
  } catch {
    return false;
  }
}

function forget({ prefect, auth }: Sites): void {
  prefect.arrivals.length = 0;
  auth.arrivals.length = 0;
}
