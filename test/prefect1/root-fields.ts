import rootFields from '../../data/prefect1.json' with { type: 'json' };

const tables = [
  ...[
    'agent',
    'agent_config',
    'cloud_hook',
    'edge',
    'flow',
    'flow_group',
    'flow_run',
    'flow_run_state',
    'log',
    'message',
  ],
  ...['project', 'task', 'task_run', 'task_run_artifact', 'task_run_state', 'tenant'],
];

/** Prefect 1's own root fields, and those that Hasura adds for each of its tables and functions. */
export const { queries, mutations } = rootFields;

/** Whether a query answers with a list of rows. */
export const isList = (query: string) => tables.includes(query) || /^(mapped_children|utility_\w+_tasks)$/.test(query);

export const tableTypes = tables.flatMap((table) => [`${table}_bool_exp`, `${table}_order_by`]);
