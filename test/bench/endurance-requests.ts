import { digestOf, generateKey } from '../../src/keys/key-format.ts';
import { prepareTables } from '../../src/storage/migrate.ts';
import type { TestDatabase } from '../support/service/stores.ts';
import type { MixedRequest } from './mixed-load.ts';
import { graphqlMutation, restRead } from './requests.ts';

interface IssuedKey {
  readonly key: string;
  readonly id: string;
}

export interface EnduranceKeys {
  /** May do everything. */
  readonly owners: readonly IssuedKey[];
  /** May read, and no more. */
  readonly viewers: readonly IssuedKey[];
  readonly expired: readonly IssuedKey[];
  /** May do everything until they are revoked, by groups. */
  readonly revoked: readonly (readonly IssuedKey[])[];
}

const HOUR = 3_600_000;
const KEYS_OF_A_KIND = 20;
const KEYS_OF_A_GROUP = 4;

export async function issueEnduranceKeys(database: TestDatabase, groups: number): Promise<EnduranceKeys> {
  const store = await database.open();
  await prepareTables(store.sequelize);
  const issue = async (count: number, userId: string, scopes: string, expiresAt = Date.now() + 24 * HOUR) => {
    const issued: IssuedKey[] = [];
    for (let index = 0; index < count; index++) {
      const key = generateKey();
      const validity = { validFrom: new Date(0), expiresAt: new Date(expiresAt) };
      issued.push({
        key,
        id: (await store.keys.insert({ userId, scopes, ...validity, issuedBy: 'bench' }, digestOf(key))).id,
      });
    }
    return issued;
  };
  const keys = {
    owners: await issue(KEYS_OF_A_KIND, 'olga', '*'),
    viewers: await issue(KEYS_OF_A_KIND, 'viktor', 'role:viewer'),
    expired: await issue(KEYS_OF_A_KIND, 'eve', '*', Date.now() - HOUR),
    revoked: [] as IssuedKey[][],
  };
  for (let group = 0; group < groups; group++) keys.revoked.push(await issue(KEYS_OF_A_GROUP, 'rita', '*'));
  await store.close();
  return keys;
}

/** As REST and as GraphQL, what has to be allowed and what has to be refused. */
export function toMixedRequests({ owners, viewers, expired, revoked }: EnduranceKeys): MixedRequest[] {
  const both = (kind: string, { key }: { readonly key: string }): MixedRequest[] => [
    { kind, ...restRead(key) },
    { kind, ...graphqlMutation(key) },
  ];
  const forbidden = (key: string): MixedRequest[] => [
    { kind: 'forbidden', ...restRead(key), method: 'DELETE' },
    { kind: 'forbidden', ...graphqlMutation(key) },
  ];
  return [
    ...owners.flatMap((key) => both('allowed', key)),
    ...viewers.map(({ key }) => ({ kind: 'allowed', ...restRead(key) })),
    ...viewers.slice(0, KEYS_OF_A_KIND / 2).flatMap(({ key }) => forbidden(key)),
    ...expired.slice(0, KEYS_OF_A_KIND / 4).flatMap((key) => both('expired', key)),
    ...Array.from({ length: KEYS_OF_A_KIND / 4 }, () => ({
      kind: 'unknown',
      ...restRead('UNKNOWN'),
      isUnknown: true,
    })),
    ...revoked.flatMap((keys, index) =>
      keys.flatMap((key) => both('revoked', key).map((request) => ({ ...request, group: index + 1 }))),
    ),
  ];
}
