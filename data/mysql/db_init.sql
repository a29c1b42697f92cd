-- The tables of API keys and of the accounts they belong to, for MySQL 8 and MariaDB 10.11 and newer.
-- The first columns are those of softrams/prefect-auth-proxy. A table that exists already comes to this form by
-- `prefect-auth migrate`, and is read as it is until then. Times are UTC.

CREATE TABLE IF NOT EXISTS prefect_api_keys (
  -- Names the key in logs and commands; reveals nothing of it.
  key_id         varchar(16)   NOT NULL DEFAULT (left(replace(uuid(), '-', ''), 16)),
  user_id        varchar(128)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  scopes         varchar(2000) NOT NULL,
  -- 'sha256:' and the SHA-256 of the key in hexadecimal, or a key in clear.
  api_key        varchar(128)  CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
  description    varchar(500)  NOT NULL DEFAULT '',
  key_issu_dt    datetime(3)   NOT NULL,
  key_expr_dt    datetime(3)   NOT NULL,
  revoked_dt     datetime(3),
  last_used_dt   datetime(3),
  -- The key that took its place.
  replaced_by    varchar(16),
  creatd_dt      datetime(3)   NOT NULL,
  last_updatd_dt datetime(3)   NOT NULL,
  creatd_by      varchar(128)  NOT NULL,
  last_updatd_by varchar(128)  NOT NULL,
  PRIMARY KEY (key_id),
  UNIQUE KEY prefect_api_keys_api_key (api_key),
  KEY prefect_api_keys_owner (user_id, key_id),
  KEY prefect_api_keys_end (key_expr_dt),
  KEY prefect_api_keys_changed (last_updatd_dt)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Users and service accounts. One that is not listed here is a user whose keys carry what each of them says.
CREATE TABLE IF NOT EXISTS prefect_accounts (
  user_id        varchar(128)  NOT NULL,
  -- 'user' or 'service_account'
  kind           varchar(16)   NOT NULL,
  -- The most that any of its keys may do; NULL sets no bound.
  scopes         varchar(2000),
  description    varchar(500)  NOT NULL DEFAULT '',
  creatd_dt      datetime(3)   NOT NULL,
  last_updatd_dt datetime(3)   NOT NULL,
  creatd_by      varchar(128)  NOT NULL,
  last_updatd_by varchar(128)  NOT NULL,
  PRIMARY KEY (user_id)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- What operators told the service to forget, for its other instances, which look for it as they do for changed keys.
CREATE TABLE IF NOT EXISTS prefect_auth_changes (
  -- '*', or the id or digest of a key.
  changed        varchar(64)   NOT NULL,
  last_updatd_dt datetime(3)   NOT NULL,
  PRIMARY KEY (changed)
) ENGINE = InnoDB DEFAULT CHARSET = utf8mb4 COLLATE = utf8mb4_bin;

-- Which steps of `prefect-auth migrate` these tables have behind them.
CREATE TABLE IF NOT EXISTS prefect_auth_migrations (name varchar(128) NOT NULL, PRIMARY KEY (name)) ENGINE = InnoDB;
INSERT IGNORE INTO prefect_auth_migrations (name) VALUES ('01-accounts'), ('02-lifecycle'), ('03-changes'), ('04-triggers');
