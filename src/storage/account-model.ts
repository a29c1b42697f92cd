import { DataTypes, type Model, type ModelStatic, type Sequelize } from 'sequelize';

/** A row of `prefect_accounts`. */
export interface AccountRow {
  user_id: string;
  kind: 'user' | 'service_account';
  scopes: string | null;
  description: string;
  creatd_dt: Date;
  last_updatd_dt: Date;
  creatd_by: string;
  last_updatd_by: string;
}

export type AccountModel = ModelStatic<Model<AccountRow, AccountRow>>;

export function defineAccountModel(sequelize: Sequelize): AccountModel {
  return sequelize.define<Model<AccountRow, AccountRow>>(
    'Account',
    {
      user_id: { type: DataTypes.STRING(128), primaryKey: true },
      kind: { type: DataTypes.STRING(16) },
      scopes: { type: DataTypes.STRING(2000) },
      description: { type: DataTypes.STRING(500) },
      creatd_dt: { type: DataTypes.DATE(3) },
      last_updatd_dt: { type: DataTypes.DATE(3) },
      creatd_by: { type: DataTypes.STRING(128) },
      last_updatd_by: { type: DataTypes.STRING(128) },
    },
    { tableName: 'prefect_accounts', timestamps: false },
  );
}
