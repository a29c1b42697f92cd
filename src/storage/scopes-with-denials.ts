import { col, fn, Op } from 'sequelize';
import type { ScopesInUse } from '../keys/key-store.ts';
import type { ApiKeyModel } from './api-key-model.ts';

/** How many different texts are read. If a table has more, the rest is not counted. */
const MOST_TEXTS = 10_000;

export async function readScopesWithDenials(model: ApiKeyModel['legacy'], now: Date): Promise<ScopesInUse[]> {
  const rows = await model.findAll({
    attributes: ['scopes', [fn('COUNT', col('scopes')), 'keys']],
    where: { scopes: { [Op.like]: '%!%' }, key_expr_dt: { [Op.gt]: now } },
    group: ['scopes'],
    limit: MOST_TEXTS,
    raw: true,
  });
  return (rows as unknown as { scopes: string; keys: number | string }[]).map(({ scopes, keys }) => ({
    scopes,
    keys: Number(keys),
  }));
}
