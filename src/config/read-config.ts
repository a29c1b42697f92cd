import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { GraphqlBounds } from '../requests/graphql/graphql-bounds.ts';
import { holdsCredentials } from './addresses.ts';
import { type Config, type Setting, settings } from './settings.ts';

/** Everything that is wrong with the configuration, each problem naming its setting. */
export class ConfigurationError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`The configuration is not usable:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigurationError';
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws ConfigurationError with all problems together */
export function readConfig(environment: Environment): Config {
  const problems: string[] = [];
  const entries = Object.entries<Setting<unknown>>(settings).map(([name, setting]) => {
    const value = readText(name, setting, environment, problems) ?? setting.default;
    if (value === undefined) return [name, undefined];
    const result = setting.parse.safeParse(value);
    if (result.success) return [name, result.data];
    const isSecret = setting.secret || holdsCredentials(value);
    const message = result.error.issues[0]?.message ?? '';
    const named = message.includes(value) ? message : `${message}, not ${JSON.stringify(value)}`;
    const shown = isSecret ? message.replaceAll(value, '***') : named;
    problems.push(`${name} ${shown}`);
    return [name, undefined];
  });
  const config = Object.fromEntries(entries) as Config;
  problems.push(...findMissing(config), ...findUnverifiable(config));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return config;
}

/** An empty variable counts as unset: docker-compose passes an unset one as empty. */
function readText(name: string, setting: Setting<unknown>, environment: Environment, problems: string[]) {
  const given = environment[name] || undefined;
  const file = setting.secret ? environment[`${name}_FILE`] || undefined : undefined;
  if (file === undefined) return given;
  if (given !== undefined) problems.push(`${name} and ${name}_FILE are both set; keep one (an empty one is not set)`);
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '');
  } catch (error) {
    problems.push(`${name}_FILE cannot be read: ${(error as Error).message}`);
    return undefined;
  }
}

function findMissing(config: Config): string[] {
  if (config.DB_HOST === undefined) {
    return config.WORKERS > 1 ? ['WORKERS above 1 needs DB_HOST: the embedded database belongs to one process'] : [];
  }
  return (['DB_USER', 'DB_DATABASE'] as const)
    .filter((name) => config[name] === undefined)
    .map((name) => `${name} is required when DB_HOST is set`);
}

/** For an IP address, mysql2 accepts any certificate that was issued to localhost. */
function findUnverifiable(config: Config): string[] {
  if (!config.DB_SSL || config.DB_TYPE !== 'mysql') return [];
  return (['DB_HOST', 'DB_READ_HOST'] as const)
    .filter((name) => isIP(config[name] ?? '') !== 0)
    .map((name) => `${name} must be a host name with DB_SSL and DB_TYPE=mysql: an address cannot be verified`);
}

export function toGraphqlBounds(config: Config): GraphqlBounds {
  return {
    bytes: config.GRAPHQL_MAX_BYTES,
    characters: config.GRAPHQL_MAX_CHARACTERS,
    batch: config.GRAPHQL_MAX_BATCH,
    tokens: config.GRAPHQL_MAX_TOKENS,
    depth: config.GRAPHQL_MAX_DEPTH,
    rootFields: config.GRAPHQL_MAX_ROOT_FIELDS,
    aliases: config.GRAPHQL_MAX_ALIASES,
  };
}
