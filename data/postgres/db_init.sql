-- The table of API keys, for PostgreSQL and for the embedded database.
-- The columns are those of softrams/prefect-auth-proxy, so that an existing table works as it is; times are UTC.
-- api_key holds 'sha256:' and the SHA-256 of the key in hexadecimal, or a key in clear.
CREATE TABLE IF NOT EXISTS prefect_api_keys (
  user_id        varchar(128)  NOT NULL,
  scopes         varchar(2000) NOT NULL,
  api_key        varchar(128)  NOT NULL,
  key_issu_dt    timestamptz   NOT NULL,
  key_expr_dt    timestamptz   NOT NULL,
  creatd_dt      timestamptz   NOT NULL,
  last_updatd_dt timestamptz   NOT NULL,
  creatd_by      varchar(128)  NOT NULL,
  last_updatd_by varchar(128)  NOT NULL
);

CREATE UNIQUE INDEX IF NOT EXISTS prefect_api_keys_api_key ON prefect_api_keys (api_key);
CREATE INDEX IF NOT EXISTS prefect_api_keys_user_id ON prefect_api_keys (user_id);
