import test from 'ava';
import observed from '../../data/prefect/effects/3.9.1.json' with { type: 'json' };
import reaches from '../../data/prefect/reaches.json' with { type: 'json' };
import reviewed from '../../data/prefect/reviewed.json' with { type: 'json' };

/** What deletes rows of these tables is named so. A deployment takes with it only the runs that wait, and what belongs to them. */
const DELETION: Readonly<Record<string, string>> = {
  block_document: 'mutation/delete_block_document',
  block_schema: 'mutation/delete_block_schema',
  deployment: 'mutation/delete_deployment',
  deployment_schedule: 'mutation/delete_deployment_schedule',
  flow_run: 'mutation/delete_flow_run',
  flow_run_input: 'mutation/delete_flow_run_input',
  task_run: 'mutation/delete_task_run',
  work_queue: 'mutation/delete_work_queue',
  worker: 'mutation/delete_worker',
};

test('what Prefect was seen to delete with something is known to be reached by deleting that', (t) => {
  const contains = new Map<string, readonly string[]>(Object.entries(reaches.contains));
  const operations = Object.entries<{ routes: string[] }>(reviewed.api);
  let found = 0;
  for (const [route, { base }] of Object.entries<{ base: readonly string[] }>(observed.routes)) {
    const own = operations.find(([, { routes }]) => routes.includes(route))?.[0] ?? '';
    for (const effect of base.filter((each) => each.startsWith('deletes:'))) {
      const deletion = DELETION[effect.slice('deletes:'.length)];
      const isSame =
        deletion === undefined || reaches.same.some((group) => [own, deletion].every((each) => group.includes(each)));
      const isOfRunsThatWait = own.endsWith('_deployment') || own.endsWith('_deployments');
      if (isSame || deletion === own || (isOfRunsThatWait && /^deletes:(?:flow_run|task_run)/.test(effect))) continue;
      t.true(contains.get(own)?.includes(deletion), `${own} deletes what ${deletion} deletes`);
      found += 1;
    }
  }
  t.true(found > 10);
});
