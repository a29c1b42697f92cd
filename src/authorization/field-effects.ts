import type { Aside } from './aside.ts';
import type { Operation } from './operation.ts';
import { hasTemplate, readFillings } from './prefect-kinds.ts';

/** What a field of a body may do beside what its route's name says. */
export interface FieldRule {
  /** Where it stands: `parameters`, `schedules[].parameters`. */
  readonly path: string;
  /** A name of EFFECTS, or the operation that the field asks for where it is set. */
  readonly effects: readonly string[];
}

/** What an action of an automation does, with the server's own rights. */
export interface ActionRule {
  readonly operations: readonly Operation[];
  readonly fields: readonly FieldRule[];
}

export type ActionRules = ReadonlyMap<string, ActionRule>;

type JsonObject = Readonly<Record<string, unknown>>;
type Ask = Pick<Aside, 'operation' | 'isElsewhere'>;

/** By the names that data/prefect/reviewed.json uses. */
const EFFECTS: Readonly<Record<string, (value: unknown, body: JsonObject) => readonly Ask[]>> = {
  secrets: (value) => (value === false ? [] : ask('query/read_block_secrets')),
  overrides: (value) =>
    isObject(value) && Object.keys(value).length === 0 ? [] : ask('mutation/override_job_variables'),
  // What takes the place of others takes them away, even if it is nothing.
  'replaced overrides': () => ask('mutation/override_job_variables'),
  queue: nameQueue,
  hydrated: fillIn,
  rendered: render,
  references: referTo,
  state: (value) => (isBeginning(value) ? [] : ask('mutation/set_flow_run_state')),
};

const EVEN_UNSET: ReadonlySet<string> = new Set(['secrets', 'replaced overrides']);

/** Everything that the fields of a body ask for. */
export function readFields(rules: readonly FieldRule[], body: JsonObject, actions: ActionRules): Aside[] {
  return rules.flatMap(({ path, effects }) => {
    const values = valuesAt(body, path.split('.'));
    return values.flatMap((value) => effects.flatMap((effect) => readEffect(effect, value, path, body, actions)));
  });
}

function readEffect(
  effect: string,
  value: unknown,
  field: string,
  body: JsonObject,
  actions: ActionRules,
): readonly Aside[] {
  if (isUnset(value) && !EVEN_UNSET.has(effect)) return [];
  if (effect === 'actions') return readActions(value, field, actions);
  if (effect.includes('/')) return [{ operation: effect as Operation, field }];
  const read = EFFECTS[effect];
  if (read === undefined) throw new Error(`data/prefect/reviewed.json names an effect that nobody knows: ${effect}`);
  return read(value, body).map((asked) => ({ ...asked, field }));
}

function readActions(value: unknown, field: string, rules: ActionRules): Aside[] {
  if (!Array.isArray(value)) return [{ operation: 'mutation/unknown', field }];
  return value.flatMap((action: unknown) => {
    const rule = isObject(action) && typeof action.type === 'string' ? rules.get(action.type) : undefined;
    if (rule === undefined) return [{ operation: 'mutation/unknown' as const, field }];
    const { type } = action as { type: string };
    const asides = [
      ...rule.operations.map((operation) => ({ operation, field: '' })),
      ...readFields(rule.fields, action as JsonObject, rules),
    ];
    return asides.map((aside) => ({ ...aside, field: [field, type, aside.field].filter(Boolean).join('.') }));
  });
}

/** Of a list each item; nothing where there is nothing. */
function valuesAt(value: unknown, [name, ...rest]: readonly string[]): readonly unknown[] {
  if (name === undefined) return value === undefined ? [] : [value];
  const isList = name.endsWith('[]');
  const member = isObject(value) ? value[isList ? name.slice(0, -2) : name] : undefined;
  if (!isList) return valuesAt(member, rest);
  return Array.isArray(member) ? member.flatMap((each) => valuesAt(each, rest)) : [];
}

/** Prefect takes null and an empty text for nothing. */
function isUnset(value: unknown): boolean {
  return value === null || value === '';
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function ask(...operations: readonly Operation[]): readonly Ask[] {
  return operations.map((operation) => ({ operation }));
}

/** A queue that does not exist is made; without a pool, in the default pool, which is made with it. */
function nameQueue(_name: unknown, body: JsonObject): readonly Ask[] {
  const { work_pool_name: pool } = body;
  const isInDefaultPool = pool === undefined || isUnset(pool);
  return ask('mutation/create_work_queue', ...(isInDefaultPool ? (['mutation/create_work_pool'] as const) : []));
}

function fillIn(value: unknown): readonly Ask[] {
  const fillings = readFillings(value);
  return [
    ...(fillings.has('workspace_variable') ? ask('query/read_variable_by_name') : []),
    ...(fillings.has('jinja') ? ask('query/render_template') : []),
  ];
}

/**
 * A template of an automation reads all variables where it names them, and the event, which carries the value of one that was
 * changed. What it gives to the parameters of a run is filled in once more.
 */
function render(value: unknown): readonly Ask[] {
  return hasTemplate(value) ? ask('query/read_variable_by_name', 'query/render_template') : fillIn(value);
}

/** `{"$ref": {"block_document_id": "..."}}`, which is another block, shown to all who see this one. */
function referTo(value: unknown): readonly Ask[] {
  if (!hasReference(value)) return [];
  return [
    { operation: 'query/read_block_document_by_id', isElsewhere: true },
    { operation: 'query/read_block_secrets', isElsewhere: true },
  ];
}

function hasReference(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { $ref } = value as JsonObject;
  return (isObject($ref) && 'block_document_id' in $ref) || Object.values(value).some(hasReference);
}

/** A run begins in one of these states; any other one is set. */
function isBeginning(state: unknown): boolean {
  return isObject(state) && (state.type === 'SCHEDULED' || state.type === 'PENDING');
}
