import test from 'ava';
import { createAnonymous } from '../../src/authentication/anonymous.ts';
import { readRoles } from '../../src/config/roles-file.ts';

function start(find: () => Promise<{ scopes?: string } | undefined>) {
  const clock = { now: 0 };
  const problems: (string | undefined)[] = [];
  const identify = createAnonymous(find, {
    roles: readRoles(undefined),
    now: () => clock.now,
    staleMs: 10_000,
    onRead: (problem) => problems.push(problem),
  });
  return { clock, problems, identify };
}

test('who asks at once waits for one look-up, and an account that was just read is not asked for', async (t) => {
  let asked = 0;
  const { clock, identify } = start(async () => {
    asked++;
    return { scopes: 'role:viewer' };
  });
  const [first, second] = await Promise.all([identify(), identify()]);
  t.is(first, second);
  t.like(first, { userId: 'anonymous', scopes: 'role:viewer' });
  t.is(identify(), first);
  t.is(asked, 1);
  clock.now = 501;
  t.is(await identify(), first, 'the same object while the account says the same');
  t.is(asked, 2);
});

test('an account that is there no more, says nothing or cannot be read lets nobody in, and says why', async (t) => {
  const accounts = [
    { scopes: 'role:viewer' },
    undefined,
    {},
    { scopes: '' },
    { scopes: 'role:nobody' },
    { scopes: '*' },
  ];
  const { clock, problems, identify } = start(async () => accounts.shift());
  const seen: boolean[] = [];
  for (let count = 0; count < 6; count++) {
    seen.push((await identify()) !== undefined);
    clock.now += 501;
  }
  t.deepEqual(seen, [true, false, false, false, false, true]);
  t.deepEqual(
    problems.map((problem) => /there is no account|nothing that it may do|cannot be read/.exec(problem ?? '')?.[0]),
    [undefined, 'there is no account', 'nothing that it may do', 'nothing that it may do', 'cannot be read', undefined],
  );
});

test('while the store does not answer the account counts for a while, and is a fault then', async (t) => {
  let fails = true;
  const { clock, identify } = start(async () => {
    if (fails) throw new Error('down');
    return { scopes: 'role:viewer' };
  });
  await t.throwsAsync(async () => identify(), { message: 'down' });
  fails = false;
  t.truthy(await identify());
  fails = true;
  clock.now = 9_000;
  t.truthy(await identify());
  t.truthy(identify(), 'the store is not asked for each request');
  clock.now = 10_100;
  await t.throwsAsync(async () => identify(), { message: 'down' });
});
