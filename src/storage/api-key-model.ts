import { DataTypes, type Model, type ModelStatic, type Sequelize } from 'sequelize';

/** A row of `prefect_api_keys`, under the column names of the service that this one replaces. */
export interface ApiKeyRow {
  user_id: string;
  scopes: string;
  /** `sha256:<digest>`, or a key in clear. */
  api_key: string;
  key_issu_dt: Date;
  key_expr_dt: Date;
  creatd_dt: Date;
  last_updatd_dt: Date;
  creatd_by: string;
  last_updatd_by: string;
}

export type ApiKeyModel = ModelStatic<Model<ApiKeyRow, ApiKeyRow>>;

export function defineApiKeyModel(sequelize: Sequelize): ApiKeyModel {
  return sequelize.define<Model<ApiKeyRow, ApiKeyRow>>(
    'ApiKey',
    {
      user_id: { type: DataTypes.STRING(128), allowNull: false },
      scopes: { type: DataTypes.STRING(2000), allowNull: false },
      api_key: { type: DataTypes.STRING(128), allowNull: false, primaryKey: true },
      key_issu_dt: { type: DataTypes.DATE(3), allowNull: false },
      key_expr_dt: { type: DataTypes.DATE(3), allowNull: false },
      creatd_dt: { type: DataTypes.DATE(3), allowNull: false },
      last_updatd_dt: { type: DataTypes.DATE(3), allowNull: false },
      creatd_by: { type: DataTypes.STRING(128), allowNull: false },
      last_updatd_by: { type: DataTypes.STRING(128), allowNull: false },
    },
    { tableName: 'prefect_api_keys', timestamps: false },
  );
}
