import type { z } from 'zod';
import { describeWorthlessDenials } from '../../amounts/describe-amounts.ts';
import { findUnknownScopes } from '../../amounts/unknown-scopes.ts';
import type { Denial } from '../../authorization/denial.ts';
import { compilePolicy } from '../../authorization/policy.ts';
import type { Principal } from '../../authorization/principal.ts';
import type { RoleDefinitions } from '../../authorization/roles.ts';
import { checkGrant, type Grant } from '../../keys/grant-limits.ts';
import { endOfSuccessor, issueKey, rotateKey } from '../../keys/issue-key.ts';
import { KeyProblem } from '../../keys/key-problem.ts';
import type { KeyRecord } from '../../keys/key-record.ts';
import { keyState } from '../../keys/key-state.ts';
import type { ApiKeyStore } from '../../keys/key-store.ts';
import { filter, issuedKey, keyPage, keyRecord, newKey, revocation, rotation } from './admin-keys-schema.ts';

export interface AdminKeysDependencies {
  readonly keys: ApiKeyStore;
  readonly roles: RoleDefinitions;
  readonly now: () => Date;
}

/** What an endpoint is asked, read and checked. */
interface Question<Input> {
  readonly principal: Principal;
  /** Of the path; empty where it has none. */
  readonly id: string;
  readonly input: Input;
}

interface Answer {
  readonly body: object;
  /** The key that was changed, for the audit trail; absent where nothing was. */
  readonly changed?: KeyRecord;
}

export interface Endpoint<Input = unknown> {
  readonly method: 'get' | 'post';
  /** As OpenAPI writes it: `/admin/keys/{id}`. */
  readonly path: string;
  readonly operation: `admin/keys/${string}`;
  readonly summary: string;
  /** The query of GET, the JSON body of POST. */
  readonly input: z.ZodType<Input>;
  readonly output: z.ZodType;
  readonly status: 200 | 201;
  answer(question: Question<Input>): Promise<Answer | Denial>;
}

export function createAdminKeysEndpoints({ keys, roles, now }: AdminKeysDependencies): Endpoint[] {
  /** The giver's own key is read anew: how long it holds is no part of a principal. */
  async function refuse(giver: Principal, grant: Grant): Promise<Denial | undefined> {
    const { expiresAt } = await keys.get(giver.keyId);
    return checkGrant(giver, expiresAt, grant, roles);
  }

  const create = define({
    method: 'post',
    path: '/admin/keys',
    operation: 'admin/keys/create',
    summary: 'Issue a key with scopes that the caller holds, to end no later than the key of the caller',
    input: newKey,
    output: issuedKey,
    status: 201,
    async answer({ principal, input }) {
      const { problem } = compilePolicy(input.scopes, roles);
      if (problem !== undefined) throw new KeyProblem('invalid', `These scopes grant nothing: ${problem}.`);
      const unknown = input.allowUnknown ? [] : findUnknownScopes(input.scopes);
      if (unknown.length > 0) throw new KeyProblem('invalid', `scopes: ${unknown.join('; ')} (or say allowUnknown).`);
      const [worthless] = describeWorthlessDenials(input.scopes, roles);
      if (worthless !== undefined) throw new KeyProblem('invalid', worthless);
      const ownerScopes = await keys.ownerScopes(input.user);
      const refusal = await refuse(principal, { scopes: input.scopes, ownerScopes, expiresAt: input.expiresAt });
      if (refusal !== undefined) return refusal;
      const { key, apiKey } = await issueKey(keys, {
        userId: input.user,
        scopes: input.scopes,
        description: input.description ?? '',
        validFrom: input.notBefore ?? now(),
        expiresAt: input.expiresAt,
        issuedBy: principal.userId,
      });
      return describeIssued(key, await keys.get(apiKey.id), now());
    },
  });

  const list = define({
    method: 'get',
    path: '/admin/keys',
    operation: 'admin/keys/list',
    summary: 'List keys, a page at a time',
    input: filter,
    output: keyPage,
    status: 200,
    async answer({ input: { user, ...rest } }) {
      const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
      const page = await keys.list({ limit: rest.limit, ...given, ...(user !== undefined && { userId: user }) }, now());
      const shown = page.keys.map((key) => describe(key, now()));
      return { body: { keys: shown, ...(page.next !== undefined && { next: page.next }) } };
    },
  });

  const show = define({
    method: 'get',
    path: '/admin/keys/{id}',
    operation: 'admin/keys/show',
    summary: 'Show a key and its history',
    input: filter.pick({}),
    output: keyRecord,
    status: 200,
    answer: async ({ id }) => ({ body: describe(await keys.get(id), now()) }),
  });

  const rotate = define({
    method: 'post',
    path: '/admin/keys/{id}/rotate',
    operation: 'admin/keys/rotate',
    summary: 'Put another key in the place of one, whose scopes the caller holds; the old one goes on for a while',
    input: rotation,
    output: issuedKey,
    status: 201,
    async answer({ principal, id, input }) {
      const old = await keys.get(id);
      const time = now();
      const expiresAt = input.expiresAt ?? endOfSuccessor(old, time);
      const ownerScopes = await keys.ownerScopes(old.userId);
      const refusal = await refuse(principal, { scopes: old.scopes, ownerScopes, expiresAt });
      if (refusal !== undefined) return refusal;
      const graceMs = input.graceSeconds * 1000;
      const { key, apiKey } = await rotateKey(keys, id, { now: time, graceMs, expiresAt, rotatedBy: principal.userId });
      return { ...describeIssued(key, await keys.get(apiKey.id), time), changed: await keys.get(id) };
    },
  });

  const revoke = define({
    method: 'post',
    path: '/admin/keys/{id}/revoke',
    operation: 'admin/keys/revoke',
    summary: 'End a key now, whatever it may do: this gives nobody anything',
    input: revocation,
    output: keyRecord,
    status: 200,
    async answer({ principal, id }) {
      const changed = await keys.revoke(id, now(), principal.userId);
      return { body: describe(changed, now()), changed };
    },
  });

  return [create, list, show, rotate, revoke];
}

/** Ties the type of the input to that of the question; a list of endpoints forgets it. */
function define<Input>(endpoint: Endpoint<Input>): Endpoint {
  return endpoint as Endpoint;
}

function describeIssued(key: string, record: KeyRecord, now: Date): Answer {
  return { body: { key, ...describe(record, now) }, changed: record };
}

function describe(record: KeyRecord, now: Date): object {
  const { userId: user, validFrom: notBefore, ownerScopes: _, isCleartext: __, ...rest } = record;
  return { ...rest, user, notBefore, state: keyState(record, now) };
}
