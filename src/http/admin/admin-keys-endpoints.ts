import type { z } from 'zod';
import { findScopeFaults } from '../../amounts/scope-faults.ts';
import type { Denial } from '../../authorization/denial.ts';
import type { Principal } from '../../authorization/principal.ts';
import type { RoleDefinitions } from '../../authorization/roles.ts';
import { checkGrant, type Grant } from '../../keys/grant-limits.ts';
import { KeyProblem } from '../../keys/key-problem.ts';
import type { KeyRecord } from '../../keys/key-record.ts';
import { keyState } from '../../keys/key-state.ts';
import type { ApiKeyStore } from '../../keys/key-store.ts';
import { endOfSuccessor, type ManageKeys } from '../../keys/manage-keys.ts';
import { filter, issuedKey, keyPage, keyRecord, newKey, revocation, rotation } from './admin-keys-schema.ts';

export interface AdminKeysDependencies {
  readonly keys: ApiKeyStore;
  readonly roles: RoleDefinitions;
  readonly now: () => Date;
}

/** A request to an endpoint, read and checked. */
interface Question<Input> {
  readonly principal: Principal;
  /** The id in the path; empty if there is none. */
  readonly id: string;
  readonly input: Input;
  /** Changes keys for this caller: it writes the audit record, and notifies every instance. */
  readonly manage: ManageKeys;
}

interface Answer {
  readonly body: object;
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
  const refuse = (giver: Principal, grant: Grant) => checkGrant(giver, grant, roles);

  function checkScopes(scopes: string, allowUnknown: boolean): void {
    const { nothing, unknown, worthless } = findScopeFaults(scopes, roles);
    if (nothing !== undefined) throw new KeyProblem('invalid', `These scopes grant nothing: ${nothing}.`);
    if (unknown.length > 0 && !allowUnknown) {
      throw new KeyProblem('invalid', `scopes: ${unknown.join('; ')} (or say allowUnknown).`);
    }
    if (worthless[0] !== undefined) throw new KeyProblem('invalid', worthless[0]);
  }

  const create = define({
    method: 'post',
    path: '/admin/keys',
    operation: 'admin/keys/create',
    summary: "Issue a key, within the caller's own scopes, that expires no later than the caller's key",
    input: newKey,
    output: issuedKey,
    status: 201,
    async answer({ principal, input, manage }) {
      checkScopes(input.scopes, input.allowUnknown ?? false);
      const ownerScopes = await keys.ownerScopes(input.user);
      const refusal = refuse(principal, { scopes: input.scopes, ownerScopes, expiresAt: input.expiresAt });
      if (refusal !== undefined) return refusal;
      const { key, apiKey } = await manage.create({
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
    summary: 'Replace a key, whose scopes the caller has too, by a new one; the old key stays valid for a while',
    input: rotation,
    output: issuedKey,
    status: 201,
    async answer({ principal, id, input, manage }) {
      const old = await keys.get(id);
      const time = now();
      const expiresAt = input.expiresAt ?? endOfSuccessor(old, time);
      const ownerScopes = await keys.ownerScopes(old.userId);
      const refusal = refuse(principal, { scopes: old.scopes, ownerScopes, expiresAt });
      if (refusal !== undefined) return refusal;
      const graceMs = input.graceSeconds * 1000;
      const { key, apiKey } = await manage.rotate(id, { now: time, graceMs, expiresAt, rotatedBy: principal.userId });
      return describeIssued(key, await keys.get(apiKey.id), time);
    },
  });

  const revoke = define({
    method: 'post',
    path: '/admin/keys/{id}/revoke',
    operation: 'admin/keys/revoke',
    summary: 'Revoke a key immediately, whatever it may do',
    input: revocation,
    output: keyRecord,
    status: 200,
    async answer({ principal, id, manage }) {
      return { body: describe(await manage.revoke(id, now(), principal.userId), now()) };
    },
  });

  return [create, list, show, rotate, revoke];
}

/** Ties the type of the input to that of the question; a list of endpoints forgets it. */
function define<Input>(endpoint: Endpoint<Input>): Endpoint {
  return endpoint as Endpoint;
}

function describeIssued(key: string, record: KeyRecord, now: Date): Answer {
  return { body: { key, ...describe(record, now) } };
}

function describe(record: KeyRecord, now: Date): object {
  const { userId: user, validFrom: notBefore, ownerScopes: _, isCleartext: __, ...rest } = record;
  return { ...rest, user, notBefore, state: keyState(record, now) };
}
