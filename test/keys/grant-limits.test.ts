import test from 'ava';
import { isDenial } from '../../src/authorization/denial.ts';
import { compilePolicy } from '../../src/authorization/policy.ts';
import type { Principal } from '../../src/authorization/principal.ts';
import { readRoles } from '../../src/config/roles-file.ts';
import { checkGrant } from '../../src/keys/grant-limits.ts';

const roles = readRoles(undefined);
const end = new Date('2027-01-01T00:00:00Z');

function giverOf(held: string): Principal {
  const credential = { kind: 'key', id: '1' } as const;
  return { userId: 'platform', credential, expiresAt: end, scopes: held, policy: compilePolicy(held, roles) };
}

function isRefused(held: string, scopes: string, ownerScopes?: string): boolean {
  const denial = checkGrant(giverOf(held), { scopes, ownerScopes, expiresAt: end }, roles);
  return denial !== undefined && isDenial(denial) && denial.reason === 'insufficient_scope';
}

test('what grants nothing only because it does not parse is given by nobody', (t) => {
  t.false(isRefused('role:viewer', 'role:viewer'));
  t.false(isRefused('role:viewer', '*', 'role:viewer'), 'a bound that the giver holds');
  for (const held of ['role:viewer', '*, admin/*']) {
    t.true(isRefused(held, 'role:gone'), held);
    t.true(isRefused(held, '*', 'role:gone'), held);
    t.true(isRefused(held, 'query/read_flows', '{"GET": 1}'), held);
  }
});

test('nobody gives a key that is valid for longer than their own', (t) => {
  const giver = giverOf('role:viewer');
  const ask = (asker: Principal, expiresAt: Date) =>
    checkGrant(asker, { scopes: 'role:viewer', ownerScopes: undefined, expiresAt }, roles);
  t.is(ask(giver, end), undefined);
  t.is(ask(giver, new Date(end.getTime() - 1)), undefined);
  t.is(ask(giver, new Date(end.getTime() + 1))?.reason, 'insufficient_scope');
  t.is(ask(giver, new Date(Number.NaN))?.reason, 'insufficient_scope');
  const { expiresAt: _, ...endless } = giver;
  t.is(ask({ ...endless, credential: { kind: 'none', id: 'none' } }, end)?.reason, 'insufficient_scope');
});
