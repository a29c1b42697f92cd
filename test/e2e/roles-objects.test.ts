import test from 'ava';
import { deploymentName, flowName, workPoolName } from '../support/prefect/prefect-objects.ts';
import { type GuardedPrefect, startGuardedPrefect } from './guarded-prefect.ts';

const name = `${flowName}/${deploymentName}`;
const pool = `/work_pools/${encodeURIComponent(workPoolName)}`;
const byName = `/deployments/name/${flowName}/${encodeURIComponent(deploymentName)}`;

/** Whether the key is let through; what Prefect makes of the request does not matter. */
async function passes(prefect: GuardedPrefect, scopes: string, method: string, path: string): Promise<boolean> {
  const { key } = await prefect.service.issue(scopes);
  const { status, text } = await prefect.send(key, method, path);
  if (status === 403) return !text.includes('insufficient_scope');
  if (status >= 500) throw new Error(`${method} ${path}: ${status} ${text}`);
  return true;
}

for (const version of ['3', '2.20']) {
  test(`conditions hold for what a path names on Prefect ${version}, by name or by id`, async (t) => {
    const prefect = await startGuardedPrefect(t, version, (url) => ({ API_SERVICE_URL: url }));
    const { deploymentId, flowRunId, blockDocumentId, workQueueId } = prefect.objects;
    const digits = deploymentId.replaceAll('-', '').toUpperCase();
    const nothing = '9b7a2f60-0d5c-4d5a-8f1e-3a1b5c7d9e0f';

    const met: readonly (readonly [condition: string, method: string, path: string])[] = [
      [`[deployment=${name}]`, 'GET', byName],
      [`[deployment=${flowName}/*]`, 'GET', `/deployments/${deploymentId}`],
      [`[deployment=${flowName}/*]`, 'GET', `/deployments/${digits}`],
      [`[deployment=${deploymentId}]`, 'GET', byName],
      [`[deployment=${digits}]`, 'GET', `/deployments/${deploymentId}`],
      [`[deployment=${flowName}/*]`, 'POST', `/deployments/${deploymentId}/create_flow_run`],
      [`[deployment=${flowName}/*]`, 'GET', `/flow_runs/${flowRunId}`],
      [`[deployment=${flowName}/*]`, 'POST', `/flow_runs/${flowRunId}/set_state`],
      ['[work_pool=gpu*]', 'GET', `/flow_runs/${flowRunId}`],
      ['[deployment=etl/*][work_pool=gpu*]', 'GET', `/flow_runs/${flowRunId}`],
      ['[work_pool=gpu*]', 'GET', pool],
      ['[work_pool=gpu*]', 'POST', `${pool}/get_scheduled_flow_runs`],
      ['[work_pool=gpu*]', 'GET', `${pool}/queues/default`],
      ['[work_pool=gpu*]', 'GET', `/work_queues/${workQueueId}`],
      ['[block=login/*]', 'GET', `/block_documents/${blockDocumentId}?include_secrets=true`],
      ['[block=login/warehouse]', 'GET', '/block_types/slug/login/block_documents/name/warehouse'],
      [`[block=${blockDocumentId}]`, 'GET', '/block_types/slug/login/block_documents/name/warehouse'],
    ];
    for (const [condition, method, path] of met) {
      t.true(await passes(prefect, `*${condition}`, method, path), `${condition} ${method} ${path}`);
    }

    const notMet: readonly (readonly [condition: string, method: string, path: string])[] = [
      ['[deployment=web/*]', 'GET', byName],
      ['[deployment=web/*]', 'GET', `/deployments/${deploymentId}`],
      ['[deployment=web/*]', 'POST', `/deployments/${deploymentId}/create_flow_run`],
      ['[deployment=web/*]', 'POST', `/flow_runs/${flowRunId}/set_state`],
      [`[deployment=${flowRunId}]`, 'GET', `/deployments/${deploymentId}`],
      ['[deployment=*]', 'GET', `/deployments/${nothing}`],
      ['[deployment=*]', 'GET', `/flow_runs/${nothing}`],
      ['[deployment=*]', 'GET', '/deployments/not-an-id'],
      ['[deployment=*]', 'POST', '/deployments/filter'],
      ['[deployment=*]', 'POST', '/deployments/'],
      ['[deployment=*]', 'POST', '/flow_runs/'],
      ['[deployment=*]', 'GET', pool],
      ['[work_pool=cpu*]', 'GET', pool],
      ['[work_pool=cpu*]', 'GET', `/work_queues/${workQueueId}`],
      ['[work_pool=cpu*]', 'GET', `/flow_runs/${flowRunId}`],
      ['[work_pool=*]', 'GET', `/deployments/${deploymentId}`],
      ['[block=login/other]', 'GET', `/block_documents/${blockDocumentId}`],
      ['[block=other/*]', 'GET', '/block_types/slug/login/block_documents/name/warehouse'],
      ['[block=*]', 'GET', `/block_documents/${nothing}`],
    ];
    for (const [condition, method, path] of notMet) {
      t.false(await passes(prefect, `*${condition}`, method, path), `${condition} ${method} ${path}`);
    }

    const { key } = await prefect.service.issue(`query/* mutation/delete_deployment[deployment=web/*]`);
    const { text } = await prefect.send(key, 'DELETE', `/deployments/${deploymentId}`);
    t.regex(JSON.parse(text).detail, /mutation\/delete_deployment.*some objects only/);
    t.true((await fetch(`${prefect.api}/deployments/${deploymentId}`)).ok, 'it is still there');

    await prefect.stopPrefect();
    const asked = await prefect.send(key, 'DELETE', `/deployments/${flowRunId}`);
    t.is(asked.status, 503, 'where Prefect does not answer, nobody knows: a fault and not a refusal');
  });
}

test('without API_SERVICE_URL a condition holds for names, and for no id', async (t) => {
  const prefect = await startGuardedPrefect(t, '3');
  t.true(await passes(prefect, '*[deployment=etl/*]', 'GET', byName));
  t.false(await passes(prefect, '*[deployment=etl/*]', 'GET', `/deployments/${prefect.objects.deploymentId}`));
  t.false(await passes(prefect, `*[deployment=${prefect.objects.deploymentId}]`, 'GET', byName));
});
