import { METHODS } from 'node:http';
import { Command, InvalidArgumentError } from 'commander';
import type { AccessRequest, OriginalRequest } from '../authorization/access-request.ts';
import { type Denial, isDenial } from '../authorization/denial.ts';
import { readConfig, toGraphqlBounds } from '../config/read-config.ts';
import type { Config } from '../config/settings.ts';
import { checkValidity } from '../keys/api-key.ts';
import { KeyProblem } from '../keys/key-problem.ts';
import type { KeyRecord } from '../keys/key-record.ts';
import { parseNames } from '../prefect/names.ts';
import { readPrefectAddress } from '../prefect/prefect-address.ts';
import { createObjectResolver } from '../prefect/resolve-objects.ts';
import { createAccessRequestReader } from '../requests/read-access-request.ts';
import { uiBasePathOf } from '../requests/rest/pages.ts';
import { prefectRoutes } from '../requests/rest/prefect-routes.ts';
import type { Store } from '../storage/open-store.ts';
import { configuredRoles } from './configured-roles.ts';
import { EXIT } from './exit-codes.ts';
import { describeExplanation, explainKey, type KeyExplanation } from './explain-key.ts';
import { readInput } from './input.ts';
import { print } from './print.ts';
import { withStore } from './with-store.ts';

interface ExplainOptions {
  readonly user?: string;
  readonly keyId?: string;
  readonly body?: string;
  readonly websocket?: boolean;
  readonly json?: boolean;
}

export function createExplainCommand(): Command {
  return new Command('explain')
    .description(
      'Show what a request would do, which scope or role allows or refuses it, and what would be sufficient.',
    )
    .argument('<method>', 'GET, POST, ...', readMethod)
    .argument('<uri>', 'as the client asks for it, with its query: /api/flow_runs/filter', readUri)
    .option('--user <name>', 'for each valid key of this user')
    .option('--key-id <id>', 'for this key')
    .option('--body <file>', 'the JSON body of the request, - for standard input')
    .option('--websocket', 'the request opens a WebSocket')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(explainRequest);
}

const HELP = `
It exits with 0 if at least one of the keys may do it, and with 5 if the request would be refused.

Examples:
  prefect-auth explain --user alice POST /api/deployments/9f2c.../create_flow_run --body run.json   # what its fields ask for, too
  prefect-auth explain --key-id 3f9a0c5d1b2e4a67 DELETE /api/flows/9f2c...
  prefect-auth explain --user alice POST /graphql --body query.json`;

function readMethod(text: string): string {
  if (METHODS.includes(text.toUpperCase())) return text.toUpperCase();
  throw new InvalidArgumentError('It is not a method of HTTP.');
}

function readUri(text: string): string {
  if (text.startsWith('/')) return text;
  throw new InvalidArgumentError('Give the path and the query alone, beginning with a slash: /api/flow_runs/filter');
}

async function explainRequest(method: string, uri: string, options: ExplainOptions): Promise<void> {
  if ((options.user === undefined) === (options.keyId === undefined)) {
    throw new KeyProblem('invalid', 'One of --user and --key-id is required.');
  }
  // biome-ignore lint/style/noProcessEnv: the command line has no other configuration
  const config = readConfig(process.env);
  const request = readRequest(await toOriginal(method, uri, options), config);
  if (request === 'public' || isDenial(request)) return printForEveryone(request, options);
  const resolved = await resolveObjects(request, config);
  const explanations = await withStore((store) => explainKeys(store, resolved, options));
  if (!explanations.some(({ isAllowed }) => isAllowed)) process.exitCode = EXIT.refused;
  const text = explanations.map((explanation) => describeExplanation(explanation, `${method} ${uri}`)).join('\n');
  print(options.json ? `${JSON.stringify(explanations)}\n` : text);
}

function readRequest(original: OriginalRequest, config: Config): AccessRequest | Denial | 'public' {
  const reader = createAccessRequestReader(prefectRoutes, {
    apiBasePath: config.API_BASE_PATH,
    uiBasePath: config.UI_BASE_PATH ?? uiBasePathOf(config.API_BASE_PATH),
    isOpenapiPublic: config.OPENAPI_PUBLIC,
    graphql: toGraphqlBounds(config),
  });
  return reader.read(original);
}

/** Looks up Prefect's names for the objects that conditions of scopes concern. */
async function resolveObjects(request: AccessRequest, config: Config): Promise<AccessRequest> {
  const named = request.named?.() ?? [];
  if (named.length === 0) return request;
  const resolve = createObjectResolver({
    prefect: readPrefectAddress(config.API_SERVICE_URL, config.API_BASE_PATH),
    readNames: parseNames,
  });
  return { ...request, objects: await resolve(named, true) };
}

async function toOriginal(
  method: string,
  target: string,
  { body: file, websocket }: ExplainOptions,
): Promise<OriginalRequest> {
  const body = file === undefined ? undefined : Buffer.from(await readInput(file));
  return {
    method,
    target,
    isWebSocket: websocket === true,
    isGraphqlHost: false,
    contentType: body && 'application/json',
    contentEncoding: undefined,
    contentLength: body && String(body.length),
    body,
  };
}

function printForEveryone(answer: Denial | 'public', { json }: ExplainOptions): void {
  if (answer !== 'public') process.exitCode = EXIT.refused;
  const text = answer === 'public' ? 'Allowed to everyone, without a key.' : `Refused to every key: ${answer.message}`;
  print(json ? `${JSON.stringify(answer)}\n` : `${text}\n`);
}

async function explainKeys(store: Store, request: AccessRequest, options: ExplainOptions): Promise<KeyExplanation[]> {
  const keys =
    options.keyId === undefined ? await keysOfUser(store, options.user ?? '') : [await store.keys.get(options.keyId)];
  const roles = configuredRoles();
  return Promise.all(
    keys.map(async (key) => explainKey(key, await store.keys.ownerScopes(key.userId), request, roles)),
  );
}

async function keysOfUser(store: Store, userId: string): Promise<readonly KeyRecord[]> {
  const now = new Date();
  const { keys } = await store.keys.list({ userId, limit: 1000 }, now);
  const valid = keys.filter((key) => checkValidity(key, now.getTime()) === undefined);
  if (valid.length === 0) throw new KeyProblem('not_found', `${userId} has no valid key.`);
  return valid;
}
