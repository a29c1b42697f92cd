import test from 'ava';
import { isDenial } from '../../src/authorization/denial.ts';
import { compilePolicy } from '../../src/authorization/policy.ts';
import { readRoles } from '../../src/config/roles-file.ts';
import { checkGrant } from '../../src/keys/grant-limits.ts';

const roles = readRoles(undefined);
const end = new Date('2027-01-01T00:00:00Z');

function isRefused(held: string, scopes: string, ownerScopes?: string): boolean {
  const giver = { userId: 'platform', keyId: '1', scopes: held, policy: compilePolicy(held, roles) };
  const denial = checkGrant(giver, end, { scopes, ownerScopes, expiresAt: end }, roles);
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
