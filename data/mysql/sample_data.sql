-- Keys to try things with, in clear and known to everyone: never load this into a database that is in use.
INSERT INTO prefect_api_keys
  (user_id, scopes, api_key, key_issu_dt, key_expr_dt, creatd_dt, last_updatd_dt, creatd_by, last_updatd_by)
VALUES
  ('devops',      'query/*, mutation/*',                          'SampleDevOpsKey1',  '2026-01-01 00:00:00', '2036-01-01 00:00:00', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 'sample', 'sample'),
  ('operations',  'query/*, mutation/create_flow_run, mutation/cancel_flow_run, mutation/set_flow_run_states', 'SampleOperatorKey1', '2026-01-01 00:00:00', '2036-01-01 00:00:00', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 'sample', 'sample'),
  ('team-member', 'query/*',                                      'SampleMemberKey1',  '2026-01-01 00:00:00', '2036-01-01 00:00:00', '2026-01-01 00:00:00', '2026-01-01 00:00:00', 'sample', 'sample'),
  ('former',      'query/*, mutation/*',                          'SampleExpiredKey1', '2021-12-27 00:00:00', '2022-12-31 00:00:00', '2021-12-30 00:00:00', '2021-12-30 00:00:00', 'sample', 'sample');
