import { type Denial, deny, isDenial } from '../../authorization/denial.ts';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Prefect accepts 100 runs in one request. Reading many more would take too long. */
const MOST_ITEMS = 1_000;

/**
 * The values of a field, in a list those of each item; empty if there are none. Another form is refused: pydantic 1 makes an
 * object of a list of pairs, or of objects with two members each, and would find fields in it that we do not see.
 */
export function valuesAt(
  value: unknown,
  [name, ...rest]: readonly string[],
  path: string,
): readonly unknown[] | Denial {
  if (name === undefined) return value === undefined ? [] : [value];
  if (value === undefined || value === null) return [];
  if (name === '[]') return eachAt(value, rest, path);
  if (!isObject(value)) return otherForm(path);
  return name.endsWith('[]') ? eachAt(value[name.slice(0, -2)], rest, path) : valuesAt(value[name], rest, path);
}

function eachAt(list: unknown, rest: readonly string[], path: string): readonly unknown[] | Denial {
  if (list === undefined || list === null) return [];
  if (!isShortList(list)) return otherForm(path);
  const found: unknown[] = [];
  for (const item of list) {
    const values = item === null ? otherForm(path) : valuesAt(item, rest, path);
    if (isDenial(values)) return values;
    found.push(...values);
  }
  return found;
}

export function isShortList(value: unknown, most = MOST_ITEMS): value is readonly unknown[] {
  return Array.isArray(value) && value.length <= most;
}

export function otherForm(field: string, most = MOST_ITEMS): Denial {
  return deny(
    'unreadable_request',
    `The body, or its field ${field}, has not the form that Prefect documents (or lists more than ${most} items).`,
  );
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
