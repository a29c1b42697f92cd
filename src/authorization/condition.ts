import { matchesGlob } from './glob.ts';
import { isId, normalizeId, OBJECT_KINDS, type ObjectKind, type PrefectObject } from './objects.ts';

/** The end of a scope, `[deployment=etl/*]`: the request has to name such objects, and all of them have to match. */
export interface Condition {
  readonly kind: ObjectKind;
  /** A name, in which `*` stands for any run of characters, or an id. */
  readonly pattern: string;
}

/** @param text one or more `[kind=pattern]`; @returns undefined for any other text */
export function parseConditions(text: string): Condition[] | undefined {
  const conditions = (text.match(/\[[^[\]]*\]/g) ?? []).map(parseCondition);
  const isWhole = conditions.length > 0 && text.replaceAll(/\[[^[\]]*\]/g, '') === '';
  return isWhole && conditions.every((condition) => condition !== undefined) ? conditions : undefined;
}

function parseCondition(text: string): Condition | undefined {
  const [, kind, pattern] = /^\[([a-z_]+)=(.+)\]$/s.exec(text) ?? [];
  const known = OBJECT_KINDS.find((each) => each === kind);
  return known === undefined || pattern === undefined ? undefined : { kind: known, pattern: pattern.trim() };
}

/** Whether the request names objects of the kind, and each of them matches. */
export function isMet(condition: Condition, objects: readonly PrefectObject[]): boolean {
  const ofKind = objects.filter(({ kind }) => kind === condition.kind);
  return ofKind.length > 0 && ofKind.every((object) => matches(condition.pattern, object));
}

function matches(pattern: string, { id, name }: PrefectObject): boolean {
  return isId(pattern) ? id === normalizeId(pattern) : matchesGlob(pattern, name);
}
