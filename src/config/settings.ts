import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { defaultGraphqlBounds } from '../requests/graphql/graphql-bounds.ts';
import { isAmongPrefectPages } from '../requests/rest/pages.ts';
import { host, httpUrl, redisUrl } from './addresses.ts';
import { readRoles } from './roles-file.ts';

/** One setting: an environment variable, how its text is read, and what the documentation says of it. */
export interface Setting<Value> {
  readonly parse: z.ZodType<Value, string>;
  /** The text that stands for an unset variable; undefined if the setting is optional. */
  readonly default?: string;
  /** Whether it is masked when settings are shown, and may be read from the file that NAME_FILE names. */
  readonly secret?: boolean;
  readonly description: string;
}

const text = z.string();
const wholeNumber = (minimum: number, maximum = Number.MAX_SAFE_INTEGER) =>
  z
    .string()
    .regex(/^\d+$/, 'must be a whole number')
    .transform(Number)
    .pipe(z.number().min(minimum, `must be at least ${minimum}`).max(maximum, `must be at most ${maximum}`));
const flag = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');
const oneOf = <const Choices extends readonly [string, ...string[]]>(choices: Choices) =>
  z.enum(choices, `must be one of ${choices.join(', ')}`);
const readableFile = z.string().superRefine((path, context) => {
  try {
    readFileSync(path);
  } catch (error) {
    context.addIssue(`cannot be read: ${(error as Error).message}`);
  }
});

const rolesFile = z.string().superRefine((path, context) => {
  try {
    readRoles(path);
  } catch (error) {
    context.addIssue(`is not usable: ${(error as Error).message}`);
  }
});

/** Every setting of the service, in the order in which the documentation lists them. Durations are in seconds. */
export const settings = {
  HOST: { parse: text, default: '0.0.0.0', description: 'Address to listen on' },
  PORT: { parse: wholeNumber(0, 65_535), default: '3000', description: 'Port to listen on' },
  WORKERS: {
    parse: wholeNumber(1, 64),
    default: '1',
    description: 'Processes that share the port, to use more cores of one machine',
  },
  SHUTDOWN_DELAY: {
    parse: wholeNumber(0, 300),
    default: '0',
    description: 'Seconds for which `/readyz` says 503, and requests are still taken, before the service stops',
  },
  ENV: { parse: text, default: 'NA', description: 'Name of the environment, in every log line' },
  LOG_LEVEL: {
    parse: oneOf(['error', 'warn', 'info', 'debug']),
    default: 'warn',
    description: 'What is logged: `error`, `warn`, `info` (every request and answer) or `debug`',
  },
  LOG_LEVEL_OVERRIDE_DURATION: {
    parse: wholeNumber(1),
    default: '300',
    description: 'Seconds for which `POST /logs/<level>` changes the level; then it is LOG_LEVEL again',
  },
  ALLOW_PUBLIC_ACCESS: {
    parse: flag,
    default: 'false',
    description:
      'Lets requests without a credential do what the account `anonymous` is given; without such an account they are refused',
  },
  TENANT_ID: { parse: text, default: 'Default', description: 'Tenant id that Prefect 1 clients are given' },
  TENANT_NAME: { parse: text, default: 'Default', description: 'Tenant name that Prefect 1 clients are given' },
  TENANT_SLUG: { parse: text, default: 'default', description: 'Tenant slug that Prefect 1 clients are given' },
  API_SERVICE_URL: {
    parse: httpUrl,
    description:
      'Address of Prefect, for what the service has to ask it directly: `http://prefect-server:4200`. If it has a path, that is the path of the API; otherwise the API is at API_BASE_PATH',
  },
  API_BASE_PATH: {
    parse: z
      .string()
      .regex(
        /^(\/[A-Za-z0-9._~-]+)*\/[A-Za-z0-9._~-]*api$/,
        'must end in api, by which nginx knows whose bodies to show',
      )
      .refine((path) => !isAmongPrefectPages(path), "must not be the path of one of Prefect's pages")
      .refine(
        (path) => !/^\/graphql\//i.test(path),
        'must not lie below /graphql, where Prefect 1 is asked by GraphQL',
      ),
    default: '/api',
    description: 'Path under which Prefect 2 and 3 serve their API (PREFECT_SERVER_API_BASE_PATH)',
  },
  UI_BASE_PATH: {
    parse: z
      .string()
      .regex(/^(\/[A-Za-z0-9._~-]+)*\/?$/, 'must be a path')
      .transform((path) => path.replace(/\/$/, '')),
    description:
      "Path of Prefect's own pages (PREFECT_UI_SERVE_BASE); unset means beside the API: `/prefect` for `/prefect/api`",
  },
  GRAPHQL_BATCH: {
    parse: oneOf(['split', 'deny']),
    default: 'split',
    description:
      'If some documents of a GraphQL batch are forbidden: `split` answers the others (needs API_SERVICE_URL), `deny` refuses the whole batch',
  },
  GRAPHQL_MAX_BYTES: {
    parse: wholeNumber(1),
    default: String(defaultGraphqlBounds.bytes),
    description: 'Bytes of a body that the service reads; nginx has the same limit (`client_max_body_size`)',
  },
  GRAPHQL_MAX_CHARACTERS: {
    parse: wholeNumber(1),
    default: String(defaultGraphqlBounds.characters),
    description: 'Characters in all GraphQL documents of one request, without their variables',
  },
  GRAPHQL_MAX_BATCH: {
    parse: wholeNumber(1),
    default: String(defaultGraphqlBounds.batch),
    description: 'GraphQL documents in one request',
  },
  GRAPHQL_MAX_TOKENS: {
    parse: wholeNumber(1),
    default: String(defaultGraphqlBounds.tokens),
    description: 'Lexical tokens in all GraphQL documents of one request',
  },
  GRAPHQL_MAX_DEPTH: {
    parse: wholeNumber(1),
    default: String(defaultGraphqlBounds.depth),
    description: 'Nesting of a GraphQL document, fragments expanded',
  },
  GRAPHQL_MAX_ROOT_FIELDS: {
    parse: wholeNumber(1),
    default: String(defaultGraphqlBounds.rootFields),
    description: 'Root fields in all GraphQL documents of one request',
  },
  GRAPHQL_MAX_ALIASES: {
    parse: wholeNumber(1),
    default: String(defaultGraphqlBounds.aliases),
    description: 'Aliases in all GraphQL documents of one request, fragments expanded',
  },
  OPENAPI_PUBLIC: {
    parse: flag,
    default: 'false',
    description:
      "Shows Prefect's OpenAPI pages (`/docs`, `/redoc`, `/openapi.json`) to everyone; they need a key otherwise",
  },
  ROLES_FILE: {
    parse: rolesFile,
    description: 'JSON file with roles of your own, in the form of `data/roles.json`; they may inherit its roles',
  },
  DATA_DIR: {
    parse: text,
    default: '.data',
    description: 'Folder of the embedded database, used while DB_HOST is unset',
  },
  DB_TYPE: { parse: oneOf(['postgres', 'mysql']), default: 'postgres', description: '`postgres` or `mysql` (MariaDB)' },
  DB_HOST: { parse: host, description: 'Database server; unset means the embedded database' },
  DB_PORT: { parse: wholeNumber(1, 65_535), description: 'Database port; 5432 or 3306 by DB_TYPE' },
  DB_USER: { parse: text, description: 'Database user' },
  DB_PASSWORD: { parse: text, secret: true, description: 'Database password' },
  DB_DATABASE: { parse: text, description: 'Database name' },
  DB_SSL: {
    parse: flag,
    default: 'false',
    description: 'TLS to the database, its certificate and host name verified',
  },
  DB_SSL_CA: {
    parse: readableFile,
    description: "PEM file of the authority that signed the database's certificate; unset means the system's",
  },
  DB_READ_HOST: { parse: host, description: 'Read replica that keys are looked up on while DB_HOST does not answer' },
  DB_POOL_SIZE: {
    parse: wholeNumber(1),
    default: '10',
    description:
      'Most connections to the database; half of them look up keys that are not cached, and client addresses take turns',
  },
  DB_TIMEOUT: {
    parse: wholeNumber(1),
    default: '3',
    description: 'Seconds to wait for a connection to the database, or for its answer',
  },
  ALLOW_CLEARTEXT_KEYS: {
    parse: flag,
    default: 'true',
    description:
      'Whether keys that are in the table in clear are valid; `prefect-auth migrate` replaces them by digests',
  },
  CACHE_TTL: {
    parse: wholeNumber(0),
    default: '1800',
    description: 'Seconds for which a key that was found is cached',
  },
  CACHE_CHECK_PERIOD: {
    parse: wholeNumber(1),
    default: '300',
    description: 'Seconds between two sweeps of the cache',
  },
  CACHE_MAX_KEYS: {
    parse: wholeNumber(1),
    default: '100000',
    description: 'Most keys that are cached; the least recently used is dropped first',
  },
  CACHE_POLL_INTERVAL: {
    parse: wholeNumber(1),
    default: '1',
    description:
      'Seconds within which a changed key is noticed if the database sends no notifications (MySQL, embedded) and is polled',
  },
  REDIS_URL: {
    parse: redisUrl,
    secret: true,
    description: 'Redis or Valkey, for the cache that all instances share: `redis://user:password@host:6379`',
  },
  STALE_IF_ERROR: {
    parse: wholeNumber(0),
    default: '300',
    description: 'Seconds for which cached keys stay valid while the database does not answer; never past their expiry',
  },
  FAILURE_LIMIT: {
    parse: wholeNumber(1),
    default: '20',
    description:
      'Unknown keys from one address within FAILURE_WINDOW that are answered 401; further ones are answered 429. Valid keys are not affected. Each process counts for itself',
  },
  FAILURE_WINDOW: { parse: wholeNumber(1), default: '60', description: 'Seconds over which failures are counted' },
} as const satisfies Record<string, Setting<unknown>>;

type Settings = typeof settings;
export type SettingName = keyof Settings;
type Value<Name extends SettingName> = z.output<Settings[Name]['parse']>;
type IsOptional<Name extends SettingName> = Settings[Name] extends { default: string } ? never : undefined;

export type Config = { readonly [Name in SettingName]: Value<Name> | IsOptional<Name> };
