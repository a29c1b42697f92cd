import { type Denial, deny, isDenial } from '../denial.ts';
import type { OriginalRequest } from './access-request.ts';
import { readBody } from './body.ts';
import { parseJson } from './json.ts';
import type { Operation } from './operation.ts';
import type { Route, RouteMatch } from './routes.ts';

const READ_SECRETS: Operation = 'query/read_block_secrets';
const OVERRIDE_JOB_VARIABLES: Operation = 'mutation/override_job_variables';

/** Rights that come on top of a route's own. */
export const ASIDE_OPERATIONS: ReadonlySet<Operation> = new Set([READ_SECRETS, OVERRIDE_JOB_VARIABLES]);

/** A run's parameters may be 512 KiB of JSON, a list of digits at worst. */
const MOST_MEMBERS = 300_000;

/** What a request asks for beside what its route's name says: a block's secrets, or other commands for the worker. */
export function readAsideOperations(
  original: OriginalRequest,
  query: string,
  matches: readonly RouteMatch[],
): readonly Operation[] | Denial {
  const inQuery = asksForSecrets(query) ? [READ_SECRETS] : [];
  if (!matches.some(({ route }) => route.body !== undefined)) return inQuery;
  const fields = new Set(matches.flatMap(({ route }) => route.body ?? []));
  const objects = readObjects(original);
  if (isDenial(objects)) return objects;
  const inBody = [...fields].filter((field) => objects.some(ASKS[field])).map((field) => ADDS[field]);
  return [...inQuery, ...inBody];
}

type BodyField = NonNullable<Route['body']>;

const ADDS: Readonly<Record<BodyField, Operation>> = {
  include_secrets: READ_SECRETS,
  job_variables: OVERRIDE_JOB_VARIABLES,
};

const ASKS: Readonly<Record<BodyField, (body: JsonObject) => boolean>> = {
  include_secrets: (body) => body.include_secrets !== undefined && body.include_secrets !== false,
  // Prefect 2's infrastructure block says what the job variables say.
  job_variables: (body) => !isEmpty(body.job_variables) || !isEmpty(body.infrastructure_document_id),
};

type JsonObject = Readonly<Record<string, unknown>>;

function isEmpty(value: unknown): boolean {
  return value === undefined || value === null || (isJsonObject(value) && Object.keys(value).length === 0);
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * On every route, whether it knows the parameter or not. Starlette takes the last of several values and pydantic reads many
 * words as true, so any value that is not plainly false counts. Older Pythons part the query at semicolons as well.
 */
function asksForSecrets(query: string): boolean {
  if (query === '') return false;
  const values = new URLSearchParams(query.replaceAll(';', '&')).getAll('include_secrets');
  return values.some((value) => !['false', '0'].includes(value.toLowerCase()));
}

/** The body's object, or its objects where it is a list of them; an empty body has none. */
function readObjects(original: OriginalRequest): readonly JsonObject[] | Denial {
  const text = readBody(original);
  if (typeof text !== 'string') return text;
  if (text === '') return [];
  const json = parseJson(text, MOST_MEMBERS);
  if (isDenial(json)) return json;
  const items = Array.isArray(json.value) ? json.value : [json.value];
  return items.every(isJsonObject)
    ? items
    : deny('unreadable_request', 'The body has to be a JSON object, or a list of them.');
}
