import test from 'ava';
import roles from '../../data/roles.json' with { type: 'json' };
import { RIGHTS_WITHOUT_ROUTE } from '../../src/authorization/aside.ts';
import { prefectVersions } from '../../src/requests/rest/prefect-routes.ts';

const known = new Set<string>([
  ...RIGHTS_WITHOUT_ROUTE,
  ...Object.values(prefectVersions).flatMap((routes) => routes.flatMap(({ operations }) => operations)),
]);

for (const [name, role] of Object.entries(roles)) {
  test(`every grant of ${name} has a reason, and scopes that some version of Prefect knows`, (t) => {
    for (const { scopes, why } of role.grants) {
      t.regex(why, /^[A-Z`].*\.$/s);
      t.deepEqual(
        scopes.filter((scope) => !scope.endsWith('/*') && !known.has(scope)),
        [],
      );
    }
    const scopes = role.grants.flatMap((grant) => grant.scopes);
    t.is(new Set(scopes).size, scopes.length, 'no scope is granted twice');
  });
}
