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

/** Prefect 1's own root queries, and those that Hasura adds for each of its tables and functions. */
export const queries = [
  ...['hello', 'reference_data', 'api', 'mapped_children', 'get_task_run_info'],
  ...['utility_traversal', 'utility_downstream_tasks', 'utility_upstream_tasks'].flatMap((name) => [
    name,
    `${name}_aggregate`,
  ]),
  ...tables.flatMap((table) => [table, `${table}_aggregate`, `${table}_by_pk`]),
];

const ownMutations = `
  create_flow create_flow_from_compressed_string register_tasks register_edges delete_flow archive_flow
  update_flow_project enable_flow_heartbeat disable_flow_heartbeat enable_flow_lazarus_process
  disable_flow_lazarus_process delete_flow_group set_flow_group_description set_flow_group_labels
  set_flow_group_run_config set_flow_group_schedule delete_flow_group_schedule set_flow_group_default_parameters
  set_schedule_active set_schedule_inactive create_flow_run set_flow_run_name set_task_run_name set_flow_run_labels
  get_or_create_task_run get_or_create_task_run_info update_flow_run_heartbeat update_task_run_heartbeat
  delete_flow_run get_runs_in_queue set_flow_run_states set_task_run_states cancel_flow_run write_run_logs
  register_agent delete_agent create_agent_config update_agent_config delete_agent_config
  create_task_run_artifact update_task_run_artifact delete_task_run_artifact mark_message_as_read
  mark_message_as_unread delete_message create_project delete_project set_project_name set_project_description
  create_tenant delete_tenant update_tenant_name update_tenant_slug update_tenant_settings create_cloud_hook
  test_cloud_hook delete_cloud_hook set_cloud_hook_active set_cloud_hook_inactive
`;

/** Prefect 1's 59 mutations, and the writes to its tables that Hasura adds; where names collide Prefect's own wins. */
export const mutations = [
  ...new Set([
    ...ownMutations.trim().split(/\s+/),
    ...tables.flatMap((table) =>
      ['insert', 'update', 'delete'].flatMap((verb) => [
        `${verb}_${table}`,
        verb === 'insert' ? `${verb}_${table}_one` : `${verb}_${table}_by_pk`,
      ]),
    ),
  ]),
];

/** Whether a query answers with a list of rows. */
export const isList = (query: string) => tables.includes(query) || /^(mapped_children|utility_\w+_tasks)$/.test(query);

export const tableTypes = tables.flatMap((table) => [`${table}_bool_exp`, `${table}_order_by`]);
