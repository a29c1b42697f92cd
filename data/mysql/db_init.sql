-- The table of API keys, for MySQL and MariaDB.
-- The columns are those of softrams/prefect-auth-proxy, so that an existing table works as it is; times are UTC.
-- api_key holds 'sha256:' and the SHA-256 of the key in hexadecimal, or a key in clear.
CREATE TABLE IF NOT EXISTS prefect_api_keys (
  user_id        varchar(128)  NOT NULL,
  scopes         varchar(2000) NOT NULL,
  api_key        varchar(128)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  key_issu_dt    datetime(3)   NOT NULL,
  key_expr_dt    datetime(3)   NOT NULL,
  creatd_dt      datetime(3)   NOT NULL,
  last_updatd_dt datetime(3)   NOT NULL,
  creatd_by      varchar(128)  NOT NULL,
  last_updatd_by varchar(128)  NOT NULL,
  UNIQUE KEY prefect_api_keys_api_key (api_key),
  KEY prefect_api_keys_user_id (user_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4;
