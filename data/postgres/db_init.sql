-- The tables of API keys and of the accounts they belong to, for PostgreSQL 15 and newer and for the embedded database.
-- The first columns are those of softrams/prefect-auth-proxy. A table that exists already comes to this form by
-- `prefect-auth migrate`, and is read as it is until then. Times are UTC.

CREATE TABLE IF NOT EXISTS prefect_api_keys (
  -- Names the key in logs and commands; reveals nothing of it.
  key_id         varchar(16)   NOT NULL DEFAULT substr(replace(gen_random_uuid()::text, '-', ''), 1, 16),
  user_id        varchar(128)  NOT NULL,
  scopes         varchar(2000) NOT NULL,
  -- 'sha256:' and the SHA-256 of the key in hexadecimal, or a key in clear.
  api_key        varchar(128)  COLLATE "C" NOT NULL,
  description    varchar(500)  NOT NULL DEFAULT '',
  key_issu_dt    timestamptz   NOT NULL,
  key_expr_dt    timestamptz   NOT NULL,
  revoked_dt     timestamptz,
  last_used_dt   timestamptz,
  -- The key that took its place.
  replaced_by    varchar(16),
  creatd_dt      timestamptz   NOT NULL,
  last_updatd_dt timestamptz   NOT NULL,
  creatd_by      varchar(128)  NOT NULL,
  last_updatd_by varchar(128)  NOT NULL,
  PRIMARY KEY (key_id)
);

CREATE UNIQUE INDEX IF NOT EXISTS prefect_api_keys_api_key ON prefect_api_keys (api_key);
CREATE INDEX IF NOT EXISTS prefect_api_keys_owner ON prefect_api_keys (user_id, key_id);
CREATE INDEX IF NOT EXISTS prefect_api_keys_end ON prefect_api_keys (key_expr_dt);

-- Users and service accounts. One that is not listed here is a user whose keys carry what each of them says.
CREATE TABLE IF NOT EXISTS prefect_accounts (
  user_id        varchar(128)  NOT NULL,
  -- 'user' or 'service_account'
  kind           varchar(16)   NOT NULL,
  -- The most that any of its keys may do; NULL sets no bound.
  scopes         varchar(2000),
  description    varchar(500)  NOT NULL DEFAULT '',
  creatd_dt      timestamptz   NOT NULL,
  last_updatd_dt timestamptz   NOT NULL,
  creatd_by      varchar(128)  NOT NULL,
  last_updatd_by varchar(128)  NOT NULL,
  PRIMARY KEY (user_id)
);

-- Tells every instance of the service which key was changed, by whatever means: LISTEN prefect_auth_changed.
-- (A semicolon at the end of a line ends a statement for whoever reads this file.)
CREATE OR REPLACE FUNCTION prefect_auth_changed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
  IF TG_LEVEL = 'STATEMENT' THEN PERFORM pg_notify('prefect_auth_changed', '*'); RETURN NULL; END IF; PERFORM
    pg_notify('prefect_auth_changed', CASE WHEN changed LIKE 'sha256:%' THEN substr(changed, 8)
      ELSE encode(sha256(convert_to(changed, 'UTF8')), 'hex') END)
    FROM unnest(CASE TG_OP WHEN 'INSERT' THEN ARRAY[NEW.api_key] WHEN 'DELETE' THEN ARRAY[OLD.api_key]
      ELSE ARRAY[OLD.api_key, NEW.api_key] END) AS changed; RETURN NULL; END $$;
CREATE OR REPLACE TRIGGER prefect_auth_changed_key AFTER INSERT OR DELETE ON prefect_api_keys
  FOR EACH ROW EXECUTE FUNCTION prefect_auth_changed();
-- Whatever the statement names: another trigger may have changed more than that.
CREATE OR REPLACE TRIGGER prefect_auth_changed_terms AFTER UPDATE ON prefect_api_keys FOR EACH ROW
  WHEN ((OLD.key_id, OLD.user_id, OLD.scopes, OLD.api_key, OLD.key_issu_dt, OLD.key_expr_dt, OLD.revoked_dt) IS DISTINCT FROM
    (NEW.key_id, NEW.user_id, NEW.scopes, NEW.api_key, NEW.key_issu_dt, NEW.key_expr_dt, NEW.revoked_dt))
  EXECUTE FUNCTION prefect_auth_changed();
CREATE OR REPLACE TRIGGER prefect_auth_changed_keys AFTER TRUNCATE ON prefect_api_keys
  FOR EACH STATEMENT EXECUTE FUNCTION prefect_auth_changed();
CREATE OR REPLACE TRIGGER prefect_auth_changed_accounts AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE ON prefect_accounts
  FOR EACH STATEMENT EXECUTE FUNCTION prefect_auth_changed();
-- Also of what replication or a restore changes.
ALTER TABLE prefect_api_keys ENABLE ALWAYS TRIGGER prefect_auth_changed_key,
  ENABLE ALWAYS TRIGGER prefect_auth_changed_terms, ENABLE ALWAYS TRIGGER prefect_auth_changed_keys;
ALTER TABLE prefect_accounts ENABLE ALWAYS TRIGGER prefect_auth_changed_accounts;

-- Which steps of `prefect-auth migrate` these tables have behind them.
CREATE TABLE IF NOT EXISTS prefect_auth_migrations (name varchar(128) NOT NULL, PRIMARY KEY (name));
INSERT INTO prefect_auth_migrations (name) VALUES ('01-accounts'), ('02-lifecycle'), ('03-changes'), ('04-triggers') ON CONFLICT DO NOTHING;
