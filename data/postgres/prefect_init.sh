#!/bin/bash
# For docker-compose.yml: Prefect's own database, and a role that cannot read the API keys.
set -eu

password=$(cat /run/passwords/prefect/prefect)
psql -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d "$POSTGRES_DB" -v password="$password" <<'SQL'
REVOKE CONNECT ON DATABASE prefect_auth FROM PUBLIC;
CREATE ROLE prefect LOGIN PASSWORD :'password';
CREATE DATABASE prefect OWNER prefect;
SQL
