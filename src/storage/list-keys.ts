import { type Model, type ModelStatic, Op, type WhereOptions } from 'sequelize';
import { KeyProblem } from '../keys/key-problem.ts';
import type { KeyRecord } from '../keys/key-record.ts';
import type { KeyFilter, KeyPage } from '../keys/key-store.ts';
import type { ApiKeyModel, ApiKeyRow } from './api-key-model.ts';
import { toKeyRecord } from './stored-key.ts';

type Cursor = readonly [userId: string, id: string];

/** Reads one page by its place in the index, so that the size of the table does not matter. */
export async function listCurrent(model: ApiKeyModel['current'], filter: KeyFilter, now: Date): Promise<KeyPage> {
  const rows = await model.findAll({
    where: { [Op.and]: toConditions(filter, now) },
    order: ['user_id', 'key_id'],
    limit: filter.limit + 1,
  });
  return toPage(rows.map(toRecord), filter.limit);
}

/** A legacy table has one key per user and no ids to page by: it is read whole. */
export async function listLegacy(model: ModelStatic<Model<ApiKeyRow, ApiKeyRow>>, filter: KeyFilter, now: Date) {
  const named = { [Op.ne]: null } as unknown as string;
  const rows = await model.findAll({ where: { user_id: named, api_key: named }, order: ['user_id'] });
  const after = filter.after === undefined ? undefined : readCursor(filter.after);
  const keys = rows.map(toRecord);
  const start =
    after === undefined ? 0 : keys.findIndex(({ userId, id }) => userId === after[0] && id === after[1]) + 1;
  return toPage(
    keys.slice(start).filter((key) => matches(key, filter, now)),
    filter.limit,
  );
}

function toConditions(filter: KeyFilter, now: Date): WhereOptions<ApiKeyRow>[] {
  const conditions: WhereOptions<ApiKeyRow>[] = [];
  if (filter.userId !== undefined) conditions.push({ user_id: filter.userId });
  if (filter.expiresBefore !== undefined) {
    conditions.push({ key_expr_dt: { [Op.gt]: now, [Op.lt]: filter.expiresBefore }, revoked_dt: null });
  }
  if (filter.unusedSince !== undefined) {
    const isOld = { [Op.lt]: filter.unusedSince };
    conditions.push({ creatd_dt: isOld, [Op.or]: [{ last_used_dt: null }, { last_used_dt: isOld }] });
  }
  if (filter.after !== undefined) {
    const [userId, id] = readCursor(filter.after);
    conditions.push({ [Op.or]: [{ user_id: { [Op.gt]: userId } }, { user_id: userId, key_id: { [Op.gt]: id } }] });
  }
  return conditions;
}

function matches(key: KeyRecord, { userId, expiresBefore, unusedSince }: KeyFilter, now: Date): boolean {
  if (userId !== undefined && key.userId !== userId) return false;
  if (expiresBefore !== undefined && !(key.expiresAt > now && key.expiresAt < expiresBefore)) return false;
  return unusedSince === undefined || key.validFrom < unusedSince;
}

function toPage(keys: readonly KeyRecord[], limit: number): KeyPage {
  const page = keys.slice(0, limit);
  const last = page.at(-1);
  if (keys.length <= limit || last === undefined) return { keys: page };
  const cursor: Cursor = [last.userId, last.id];
  return { keys: page, next: Buffer.from(JSON.stringify(cursor)).toString('base64url') };
}

function readCursor(text: string): Cursor {
  try {
    const [userId, id] = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (typeof userId === 'string' && typeof id === 'string') return [userId, id];
  } catch {
    // A cursor that no page returned is refused below.
  }
  throw new KeyProblem('invalid', 'The value of "after" is not one that a page before ended with.');
}

function toRecord(row: Model<ApiKeyRow, ApiKeyRow>): KeyRecord {
  return toKeyRecord(row.get());
}
