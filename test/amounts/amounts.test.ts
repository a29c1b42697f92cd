import test from 'ava';
import roles from '../../data/roles.json' with { type: 'json' };
import { findAmounts, findWorthlessDenials, findWorthlessExclusions } from '../../src/amounts/amounts.ts';
import { compileBoundPolicy, compilePolicy } from '../../src/authorization/policy.ts';
import type { RoleDefinitions } from '../../src/authorization/roles.ts';

const own: RoleDefinitions = {
  ...roles,
  careless: {
    description: '',
    grants: [{ scopes: ['query/*', 'mutation/*'], why: '' }],
    excludes: ['query/read_block_secrets'],
  },
  careful: { description: '', grants: [{ scopes: ['query/*'], why: '' }], excludes: ['query/read_block_secrets'] },
};

function amounts(scopes: string, bound?: string): string[] {
  return findAmounts(compileBoundPolicy(scopes, bound, own)).map(({ can, limits }) =>
    [can, ...limits.map(({ kind, pattern }) => `${kind}=${pattern}`)].join(', '),
  );
}

const EVERYWHERE = 'run commands on workers of every pool';
const SECRETS = "read every block's secrets";
const VARIABLES = 'read every variable';
const KILL = 'have workers end whatever they can reach';
const WIPE = "wipe Prefect's database (before 3.6.16)";
const override = 'mutation/override_job_variables';
const run = 'mutation/create_flow_run_from_deployment';

const expected: readonly (readonly [scopes: string, ...amounts: string[]])[] = [
  [''],
  ['admin/*'],
  ['query/read_flows'],
  ['role:viewer', VARIABLES],
  ['role:runner', VARIABLES],
  ['role:worker', SECRETS, VARIABLES, KILL],
  ['role:developer', EVERYWHERE, SECRETS, VARIABLES, KILL],
  ['role:owner', EVERYWHERE, SECRETS, VARIABLES, KILL, WIPE],
  ['*', EVERYWHERE, SECRETS, VARIABLES, KILL, WIPE],
  ['{"*": ["*"]}', EVERYWHERE, SECRETS, VARIABLES, KILL, WIPE],
  ['{"GET": ["*"]}', VARIABLES],
  ['{"PATCH": ["api/work_pools/*"]}'],
  ['{"PATCH": ["api/deployments/*"]}', EVERYWHERE, SECRETS, VARIABLES, KILL],
  ['query/read_block_secrets'],
  ['query/read_block_secrets query/read_block_documents', SECRETS],
  ['query/read_block_secrets[block=a/*] query/read_block_document_by_id', 'read secrets of blocks, block=a/*'],
  ['query/read_block_secrets[block=a/*] query/read_block_documents'],
  ['*/*[deployment=etl/*]', EVERYWHERE, SECRETS, VARIABLES, KILL],
  ['query/*[deployment=etl/*]'],
  ['query/*[block=a/*]', 'read secrets of blocks, block=a/*'],
  ['mutation/create_deployment[deployment=etl/*]'],
  [
    `mutation/update_flow_run[deployment=etl/*] ${override}`,
    'run commands on workers, deployment=etl/*',
    SECRETS,
    VARIABLES,
    KILL,
  ],
  [run],
  [override],
  [`${run} ${override}`, EVERYWHERE, SECRETS, VARIABLES, KILL],
  [`${run}[deployment=etl/*] ${override}`, 'run commands on workers, deployment=etl/*', SECRETS, VARIABLES, KILL],
  [`${run}[deployment=etl/*] ${override} mutation/update_deployment`, EVERYWHERE, SECRETS, VARIABLES, KILL],
  [`mutation/update_deployment[deployment=etl/*]`, EVERYWHERE, SECRETS, VARIABLES, KILL],
  [`mutation/create_automation ${override}`],
  ['mutation/update_server_default_result_storage'],
  [
    'mutation/update_server_default_result_storage mutation/create_block_document',
    EVERYWHERE,
    SECRETS,
    VARIABLES,
    KILL,
  ],
  ['mutation/update_work_pool'],
  ['mutation/override_base_job_template'],
  [
    'mutation/update_work_pool[work_pool=gpu] mutation/override_base_job_template[work_pool=gpu]',
    'run commands on workers, work_pool=gpu',
    SECRETS,
    VARIABLES,
    KILL,
  ],
  [
    `* !mutation/create_deployment !mutation/update_deployment !mutation/override_* !mutation/create_flow_from_* !mutation/update_block_document_data !mutation/update_server_default_result_storage !mutation/set_flow_group_run_config !mutation/insert_* !mutation/update_flow_group !mutation/update_*_by_pk`,
    SECRETS,
    VARIABLES,
    KILL,
    WIPE,
  ],
];

for (const [scopes, ...amount] of expected) {
  test(`${scopes || 'nothing'} amounts to: ${amount.join('; ') || 'nothing of note'}`, (t) =>
    t.deepEqual(amounts(scopes), amount));
}

test('what bounds a key bounds what it amounts to', (t) => {
  t.deepEqual(amounts('*', 'role:runner'), [VARIABLES]);
  t.deepEqual(amounts('*', 'query/read_flows'), []);
  t.deepEqual(amounts('role:viewer', '* !query/read_variable*'), []);
});

/** As `denial: what is still held`. */
function worthless(scopes: string): string[] {
  return findWorthlessDenials(compilePolicy(scopes, own)).map(({ pattern, by }) => `${pattern}: ${by.join(' ')}`);
}

const denials: readonly (readonly [scopes: string, ...worthless: string[]])[] = [
  ['role:developer !query/read_block_secrets', 'query/read_block_secrets: mutation/create_deployment'],
  ['* !query/read_block_*', 'query/read_block_*: mutation/create_deployment'],
  ['query/* !query/read_block_secrets'],
  ['role:runner !query/read_block_secrets'],
  ['role:worker !query/read_block_secrets'],
  ['role:runner !query/read_variable_by_name', 'query/read_variable_by_name: query/read_variables'],
  ['role:runner !query/read_variable*'],
  ['role:developer !query/read_variable*', 'query/read_variable*: mutation/create_deployment'],
  ['role:developer !mutation/override_job_variables', 'mutation/override_job_variables: mutation/create_deployment'],
  ['role:runner !mutation/override_job_variables'],
  ['role:developer !mutation/delete_*', 'mutation/delete_*: mutation/bulk_delete_flow_runs'],
  ['role:developer !mutation/*delete_*'],
  ['role:runner !mutation/create_flow_run_from_deployment', `${run}: mutation/bulk_create_flow_runs_from_deployment`],
  ['role:runner !mutation/*create_flow_run*_from_deployment'],
  ['role:developer !mutation/pause_deployment', 'mutation/pause_deployment: mutation/create_deployment'],
  ['role:viewer !query/read_logs', 'query/read_logs: query/download_logs'],
  ['role:viewer !query/read_settings'],
  ['role:developer !mutation/*delete_deployment*', 'mutation/*delete_deployment*: mutation/delete_flow'],
  ['role:developer !mutation/*delete_flow !mutation/*delete_flows !mutation/*delete_deployment*'],
  [
    'mutation/delete_block_* !mutation/delete_block_document',
    'mutation/delete_block_document: mutation/delete_block_type',
  ],
  ['mutation/delete_block_document !mutation/delete_block_type'],
  ['mutation/delete_work_* !mutation/delete_work_queue', 'mutation/delete_work_queue: mutation/delete_work_pool'],
  ['mutation/delete_work_*[work_pool=gpu] !mutation/delete_work_queue'],
  [`mutation/create_deployment_schedules ${run} !${run}`, `${run}: mutation/create_deployment_schedules`],
  ['role:worker !mutation/create_task_run', 'mutation/create_task_run: mutation/stream_events_in'],
  ['query/*[deployment=etl/*] !query/read_variables'],
  ['query/read_flows !query/read_block_secrets'],
  ['query/read_flows !query/read_flow'],
  ['query/read_flow[deployment=a] query/read_flows[deployment=a] !query/read_flow'],
  [
    'query/read_block_secrets query/read_block_documents mutation/update_work_pool[work_pool=a] mutation/override_base_job_template !query/read_block_secrets',
    'query/read_block_secrets: mutation/update_work_pool mutation/override_base_job_template',
  ],
  ['* !*'],
  ['* !mutation/clear_database', 'mutation/clear_database: mutation/drop_database'],
  ['* !mutation/*_database'],
  ['role:viewer'],
  ['role:developer'],
  ['role:owner'],
  ['role:worker'],
];

for (const [scopes, ...found] of denials) {
  test(`${scopes}: ${found.length === 0 ? 'its denials are worth something' : `worthless is ${found}`}`, (t) =>
    t.deepEqual(worthless(scopes), found));
}

test('a denial of the owner is judged by what the key holds', (t) => {
  const find = (scopes: string, bound: string) =>
    findWorthlessDenials(compileBoundPolicy(scopes, bound, own)).map(({ pattern }) => pattern);
  t.deepEqual(find('role:developer !query/read_block_secrets', 'role:viewer'), []);
  t.deepEqual(find('role:developer', 'role:developer !query/read_block_secrets'), []);
});

test('what a role leaves out is judged by all that it grants', (t) => {
  const find = (role: string) => findWorthlessExclusions(own, role).map(({ pattern, by }) => `${pattern}: ${by}`);
  t.deepEqual(find('careless'), ['query/read_block_secrets: mutation/create_deployment']);
  for (const role of ['careful', ...Object.keys(roles)]) t.deepEqual(find(role), [], role);
});
