/** The tables that the service which this one replaces created, as they stand in the field, and what is in them. */
export interface LegacyTable {
  readonly name: string;
  readonly dialect: 'postgres' | 'mysql';
  readonly create: string;
  /** What it calls the time of creation. */
  readonly creation?: string;
}

const columns = (time: string, names: string) => `
  user_id varchar(128) NOT NULL,
  scopes varchar(2000) NOT NULL,
  api_key varchar(128) NOT NULL,
  key_issu_dt ${time} NOT NULL,
  key_expr_dt ${time} NOT NULL,
  creatd_dt ${time} NOT NULL,
  last_updatd_dt ${time} NOT NULL,
  creatd_by ${names} NOT NULL,
  last_updatd_by ${names} NOT NULL,
  PRIMARY KEY (user_id)`;

export const legacyTables: readonly LegacyTable[] = [
  {
    name: 'PostgreSQL, timestamps without a zone',
    dialect: 'postgres',
    create: `CREATE TABLE prefect_api_keys (${columns('timestamp', 'varchar(11)')})`,
  },
  {
    name: 'PostgreSQL, from a file, without a key or a single NOT NULL',
    dialect: 'postgres',
    create: `CREATE TABLE prefect_api_keys (user_id varchar(128), scopes varchar(2000), api_key varchar(128),
      key_issu_dt timestamp, key_expr_dt timestamp, created_dt timestamp, last_updatd_dt timestamp,
      creatd_by TEXT, last_updatd_by TEXT)`,
    creation: 'created_dt',
  },
  {
    name: 'MySQL, datetime, latin1',
    dialect: 'mysql',
    create: `CREATE TABLE prefect_api_keys (${columns('datetime', 'varchar(11)')}) ENGINE=InnoDB DEFAULT CHARSET=latin1`,
  },
  {
    name: 'MySQL, timestamp, latin1',
    dialect: 'mysql',
    create: `SET time_zone = '+00:00';
      CREATE TABLE prefect_api_keys (${columns('timestamp', 'varchar(11)')}) ENGINE=InnoDB DEFAULT CHARSET=latin1`,
  },
];

/** Times are UTC, as that service wrote and read them. */
export const legacyRows = (creation = 'creatd_dt'): string => `INSERT INTO prefect_api_keys
  (user_id, scopes, api_key, key_issu_dt, key_expr_dt, ${creation}, last_updatd_dt, creatd_by, last_updatd_by) VALUES
  ('USERID', 'mutation/*, query/*', 'TestKey001', '2021-12-27 00:00:00', '2022-12-31 00:00:00', '2021-12-30 00:00:00', '2021-12-30 00:00:00', 'ADMINUSERID', 'ADMINUSERID'),
  ('zoé', '{"GET":["api/flows/*"],"POST":["api/*"]}', 'EXnPWYVr7r6uo642NxVo', '2024-03-31 02:30:00', '2036-10-26 01:30:00', '2024-01-01 00:00:00', '2024-01-01 00:00:00', 'localDev', 'localDev'),
  ('O''Brien', 'query/*', 'testkey001', '2024-01-01 00:00:00', '2036-01-01 00:00:00', '2024-01-01 00:00:00', '2024-01-01 00:00:00', 'localDev', 'localDev')`;
