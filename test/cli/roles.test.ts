import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import test from 'ava';

const cli = join(import.meta.dirname, '../../src/cli.ts');
const run = (...words: string[]) => promisify(execFile)(process.execPath, [cli, 'roles', ...words], { env: {} });

test('roles list names every role and what it is for', async (t) => {
  const { stdout } = await run('list');
  for (const role of ['viewer', 'runner', 'developer', 'worker', 'owner'])
    t.regex(stdout, new RegExp(`^${role} +[A-Z]`, 'm'));
});

test('roles show says what a role may do and why, and what it has from others', async (t) => {
  const { stdout } = await run('show', 'developer');
  t.regex(stdout, /Variables configure flows\.\n {4}mutation\/create_variable\n/);
  t.regex(stdout, /As runner:\n\n {2}Runs a deployment/);
  t.regex(stdout, /As viewer:/);
});

test('roles show --json lists the operations', async (t) => {
  const operationsOf = async (role: string) =>
    JSON.parse((await run('show', role, '--json')).stdout).operations as string[];
  const [viewer, runner, owner] = await Promise.all(['viewer', 'runner', 'owner'].map(operationsOf));
  t.deepEqual(
    viewer?.filter((operation) => operation.startsWith('mutation/')),
    ['mutation/create_csrf_token'],
  );
  t.false(viewer?.includes('query/read_block_secrets'));
  t.deepEqual(
    runner?.filter((operation) => !viewer?.includes(operation)),
    [
      'mutation/bulk_create_flow_runs_from_deployment',
      'mutation/create_flow_run_from_deployment',
      'query/validate_obj',
    ],
  );
  t.true(owner?.includes('query/read_block_secrets') && owner.includes('mutation/clear_database'));
});

test('roles show refuses a name that is no role', async (t) => {
  for (const name of ['nobody', 'constructor', '__proto__']) {
    await t.throwsAsync(run('show', name), { message: /there is no role/ });
  }
});
