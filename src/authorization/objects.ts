/** The kinds of objects that a condition of a scope can name. */
export const OBJECT_KINDS = ['deployment', 'work_pool', 'block'] as const;
export type ObjectKind = (typeof OBJECT_KINDS)[number];

/** An object as the path of a request names it: by name, by id, or through something that belongs to it (a flow run). */
export type NamedObject =
  | { readonly kind: 'deployment' | 'flow_run' | 'work_queue' | 'block'; readonly id: string }
  | { readonly kind: ObjectKind; readonly name: string };

/** An object by the name that people use: `flow/deployment`, `work pool`, `block-type/block`. */
export interface PrefectObject {
  readonly kind: ObjectKind;
  readonly name: string;
  /** As normalizeId spells it; undefined if it was not requested. */
  readonly id?: string;
}

/** One UUID has many spellings: upper case, and any of its hyphens left out. Prefect 2 accepts only some of them. */
export function normalizeId(text: string): string {
  const digits = text.replaceAll('-', '').toLowerCase();
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

export function isId(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(normalizeId(text));
}
