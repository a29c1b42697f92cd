import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { isList, mutations, queries, tableTypes } from './root-fields.ts';

/** The releases of apollo-server-express that Prefect 1 ran, as the package in ./apollo names them. */
export type ApolloVersion = '2.15' | '2.25';

export type Arguments = Readonly<Record<string, unknown>>;
/** What root fields answer with; those not named answer with an empty row, or an empty list of them. */
export type Answers = Readonly<Record<string, (args: Arguments) => unknown>>;

export interface Apollo {
  /** `127.0.0.1:<port>` */
  readonly address: string;
  /** The root fields that were resolved since the last call, as `query/flow`. */
  takeCalls(): string[];
  /** The headers of the last request. */
  lastHeaders(): Readonly<Record<string, string | string[] | undefined>>;
  /** The body of the last request, byte for byte. */
  lastBody(): Buffer;
  stop(): Promise<void>;
}

/** Starts Prefect 1's GraphQL endpoint: the real Apollo and graphql-js, all root fields, resolvers that keep a record. */
export async function startApollo(version: ApolloVersion, answers: Answers = {}): Promise<Apollo> {
  const load = installApollo();
  const { ApolloServer, gql } = load(`apollo-server-express-${version}`);
  let calls: string[] = [];
  let headers = {};
  let body: Buffer = Buffer.alloc(0);
  const resolve = (kind: string, name: string) => (_root: unknown, args: Arguments) => {
    calls.push(`${kind}/${name}`);
    return answers[name]?.(args) ?? (isList(name) ? [] : {});
  };
  const resolvers = {
    Query: Object.fromEntries(queries.map((name) => [name, resolve('query', name)])),
    Mutation: Object.fromEntries(mutations.map((name) => [name, resolve('mutation', name)])),
  };
  const keepBody = (_request: unknown, _response: unknown, bytes: Buffer) => {
    body = bytes;
  };
  const app = load('express')();
  app.use((request: { headers: object }, _response: unknown, next: () => void) => {
    headers = request.headers;
    next();
  });
  const server = new ApolloServer({ typeDefs: gql(typeDefinitions), resolvers, introspection: true, playground: true });
  server.applyMiddleware({ app, path: '/', bodyParserConfig: { limit: '5mb', verify: keepBody } });
  const listener = app.listen(0, '127.0.0.1');
  await new Promise((done) => listener.once('listening', done));
  return {
    address: `127.0.0.1:${(listener.address() as AddressInfo).port}`,
    takeCalls() {
      const taken = calls;
      calls = [];
      return taken;
    },
    lastHeaders: () => headers,
    lastBody: () => body,
    async stop() {
      listener.closeAllConnections();
      await new Promise((done) => listener.close(done));
      await server.stop();
    },
  };
}

const folder = join(import.meta.dirname, 'apollo');

/** Installs the packages of that folder once; they are old, large and needed by no one else. */
export function installApollo(): NodeJS.Require {
  const marker = join(folder, 'node_modules/.finished');
  const lock = readFileSync(join(folder, 'package-lock.json'), 'utf8');
  if (readMarker(marker) !== lock) {
    const options = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
    execFileSync('npm', ['ci', ...options], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
    writeFileSync(marker, lock);
  }
  return createRequire(join(folder, 'package.json'));
}

function readMarker(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

// Input types are scalars, which take any value: only names and root fields matter here.
const tableArguments = (name: string) =>
  `(where: ${name}_bool_exp, order_by: ${name}_order_by, limit: Int, offset: Int, distinct_on: JSON, id: JSON, task_run_id: JSON)`;
const columns = [
  'count',
  ...'id name slug tenant_id created updated version state color description backend mode core_version'.split(' '),
  ...'success error message status flow_group_id flow_id flow_run_ids serialized_state parameters'.split(' '),
  ...'schedule is_schedule_active auto_scheduled start_time end_time serialized_flow storage run_config archived'.split(
    ' ',
  ),
  ...'environment state_message timestamp level labels settings info context version_group_id core_version_id'.split(
    ' ',
  ),
  ...'scheduled_start_time release_timestamp agent_id task_id map_index cache_key heartbeat time_based'.split(' '),
];
const rows = [...'flow flow_run project flow_group agent aggregate'.split(' ')];
const typeDefinitions = `
  scalar JSON
  ${tableTypes.map((name) => `scalar ${name}`).join('\n')}
  ${mutations.map((name) => `scalar ${name}_input`).join('\n')}
  scalar uuid scalar UUID scalar timestamptz scalar jsonb
  type Row {
    ${columns.map((name) => `${name}: JSON`).join('\n')}
    ${rows.map((name) => `${name}: Row`).join('\n')}
    flows_aggregate(distinct_on: JSON, where: JSON): Row flows: [Row] flow_runs: [Row] task_runs: [Row] logs: [Row] tasks: [Row] versions: [Row] states: [Row]
  }
  type Query { ${queries.map((name) => `${name}${argumentsOf(name)}: ${name === 'hello' ? 'JSON' : isList(name) ? '[Row]' : 'Row'}`).join('\n')} }
  type Mutation { ${mutations.map((name) => `${name}(input: ${name}_input, where: JSON, id: JSON, objects: JSON): Row`).join('\n')} }
`;

function argumentsOf(query: string): string {
  if (query === 'hello') return '';
  const table = query.replace(/_(aggregate|by_pk)$/, '');
  return tableArguments(tableTypes.includes(`${table}_bool_exp`) ? table : 'flow');
}
