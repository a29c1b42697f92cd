import { DataTypes, type Model, type ModelStatic, type Sequelize } from 'sequelize';

/**
 * A row of `prefect_api_keys`. A column is optional if the table of the service that this one replaces does not have it. In that
 * table any value may also be null.
 */
export interface ApiKeyRow {
  key_id?: string | null;
  user_id: string;
  scopes: string;
  /** `sha256:<digest>`, or the key in clear. */
  api_key: string;
  description?: string;
  key_issu_dt: Date;
  key_expr_dt: Date;
  revoked_dt?: Date | null;
  last_used_dt?: Date | null;
  replaced_by?: string | null;
  creatd_dt?: Date;
  last_updatd_dt?: Date;
  creatd_by?: string;
  last_updatd_by?: string;
}

export type RowModel = ModelStatic<Model<ApiKeyRow, ApiKeyRow>>;

export interface ApiKeyModel {
  /** The table as `db_init.sql` creates it. */
  readonly current: RowModel;
  /** The columns that every table has, even before `prefect-auth migrate`. */
  readonly legacy: RowModel;
}

const table = { tableName: 'prefect_api_keys', timestamps: false };

export function defineApiKeyModel(sequelize: Sequelize): ApiKeyModel {
  return {
    current: sequelize.define('ApiKey', { ...columnsEverywhere(), ...columnsSinceMigration() }, table),
    legacy: sequelize.define('LegacyApiKey', columnsEverywhere(), table),
  };
}

/** Made anew for each model: Sequelize replaces the types in place by those of its dialect. */
function columnsEverywhere() {
  return {
    user_id: { type: DataTypes.STRING(128) },
    scopes: { type: DataTypes.STRING(2000) },
    api_key: { type: DataTypes.STRING(128), primaryKey: true },
    key_issu_dt: { type: DataTypes.DATE(3) },
    key_expr_dt: { type: DataTypes.DATE(3) },
  };
}

function columnsSinceMigration() {
  return {
    key_id: { type: DataTypes.STRING(16) },
    description: { type: DataTypes.STRING(500) },
    revoked_dt: { type: DataTypes.DATE(3) },
    last_used_dt: { type: DataTypes.DATE(3) },
    replaced_by: { type: DataTypes.STRING(16) },
    creatd_dt: { type: DataTypes.DATE(3) },
    last_updatd_dt: { type: DataTypes.DATE(3) },
    creatd_by: { type: DataTypes.STRING(128) },
    last_updatd_by: { type: DataTypes.STRING(128) },
  };
}
