import type { Aside } from '../../authorization/aside.ts';
import { type Denial, isDenial } from '../../authorization/denial.ts';
import type { Operation } from '../../authorization/operation.ts';
import { isObject, isShortList, type JsonObject, otherForm, valuesAt } from './body-fields.ts';
import { hasTemplate, readFillings } from './prefect-kinds.ts';
import { hasRemoteReference, holdsRemoteReference } from './schema-references.ts';

/** What a field of a body may do beside what its route's name says. */
export interface FieldRule {
  /** Its place in the body: `parameters`, `schedules[].parameters`, `[].parameters` in a body that is a list. */
  readonly path: string;
  /** Each is a name of EFFECTS, or an operation that the field asks for if it is set. */
  readonly effects: readonly string[];
}

/** What an action of an automation does, with the server's own rights. */
export interface ActionRule {
  readonly operations: readonly Operation[];
  readonly fields: readonly FieldRule[];
}

export type ActionRules = ReadonlyMap<string, ActionRule>;

type Ask = Pick<Aside, 'operation' | 'isElsewhere'>;

/** By their names in data/prefect/reviewed.json. Each returns undefined for a value whose form Prefect does not document. */
const EFFECTS: Readonly<Record<string, (value: unknown, siblings: JsonObject) => readonly Ask[] | undefined>> = {
  secrets: (value) => (value === false ? [] : ask('query/read_block_secrets')),
  overrides: (value) =>
    isObject(value) && Object.keys(value).length === 0 ? [] : ask('mutation/override_job_variables'),
  // A new value replaces the overrides that were there, even if it is empty.
  'replaced overrides': () => ask('mutation/override_job_variables'),
  queue: nameQueue,
  hydrated: ofObject((value) => fillIn(value)),
  // For the value of a variable, which a `json` may read later.
  'hydrated-later': (value) => fillIn(value, true),
  rendered: ofObject(render),
  'rendered-text': render,
  references: ofObject(referTo),
  schema: ofObject((value) => (hasRemoteReference(value) ? ask('mutation/fetch_remote_schema') : [])),
  'schema-text': (value) => (holdsRemoteReference(value) ? ask('mutation/fetch_remote_schema') : []),
  state: (value) => (isBeginning(value) ? [] : ask('mutation/set_flow_run_state')),
  limit: (value) =>
    value === null
      ? ask('mutation/delete_concurrency_limit_v2')
      : ask('mutation/create_concurrency_limit_v2', 'mutation/update_concurrency_limit_v2'),
};

/** Effects of fields that mean something even if they are null. */
const MEANT_WHEN_UNSET: ReadonlySet<string> = new Set(['secrets', 'limit', 'replaced overrides']);

/** Of one automation. An action without a type is read as every type. */
const MOST_ACTIONS = 100;

/** Effects of fields whose value is an object. */
const OF_OBJECTS: ReadonlySet<string> = new Set(['hydrated', 'rendered', 'references', 'schema']);

/** Operations on the object that the path names. Any other that a field asks for concerns another object. */
const ABOUT_THE_SAME_OBJECT: ReadonlySet<Operation> = new Set([
  'query/read_block_secrets',
  'mutation/override_job_variables',
  'mutation/override_base_job_template',
  'mutation/set_flow_run_state',
  'mutation/set_infrastructure_pid',
]);

/** Everything that the fields of a body ask for. The body is refused if Prefect may read it differently. */
export function readFields(rules: readonly FieldRule[], body: unknown, actions: ActionRules): Aside[] | Denial {
  const siblings = isObject(body) ? body : {};
  return join(rules, ({ path, effects }) => {
    const values = valuesAt(body, path.split('.'), path);
    if (isDenial(values)) return values;
    return join(values, (value) =>
      join(effects, (effect) => {
        if (isUnset(value, effect) && !MEANT_WHEN_UNSET.has(effect)) return [];
        if (effect === 'actions') return readActions(value, path, actions);
        const asked = effect.includes('/') ? ask(effect as Operation) : readByName(effect, value, siblings);
        return asked === undefined ? otherForm(path) : asked.map((each) => ({ ...each, field: path }));
      }),
    );
  });
}

function readByName(effect: string, value: unknown, siblings: JsonObject): readonly Ask[] | undefined {
  const read = EFFECTS[effect];
  if (read === undefined) throw new Error(`data/prefect/reviewed.json names an effect that nobody knows: ${effect}`);
  return read(value, siblings);
}

function readActions(value: unknown, field: string, rules: ActionRules): readonly Aside[] | Denial {
  if (!isShortList(value, MOST_ACTIONS)) return otherForm(field, MOST_ACTIONS);
  return join(value, (action) => {
    if (!isObject(action)) return otherForm(field);
    const { type } = action;
    // Without a type, Prefect accepts the action as any type that its fields fit.
    const types = typeof type === 'string' ? [type] : [...rules.keys()];
    return join(types, (each) => readAction(action, each, field, rules));
  });
}

function readAction(action: JsonObject, type: string, field: string, rules: ActionRules): readonly Aside[] | Denial {
  const rule = rules.get(type);
  if (rule === undefined) return [{ operation: 'mutation/unknown', field, isElsewhere: true }];
  const asked = readFields(rule.fields, action, rules);
  if (isDenial(asked)) return asked;
  const asides = [...rule.operations.map((operation) => ({ operation, field: '' })), ...asked];
  const name = (aside: Aside) => [field, type, aside.field].filter(Boolean).join('.');
  return asides.map((aside) => ({ ...aside, field: name(aside), isElsewhere: true }));
}

/** The asides of all items, or the first refusal. */
function join<Item>(items: readonly Item[], read: (item: Item) => readonly Aside[] | Denial): Aside[] | Denial {
  const all: Aside[] = [];
  for (const item of items) {
    const asides = read(item);
    if (isDenial(asides)) return asides;
    for (const aside of asides) all.push(aside);
  }
  return all;
}

/** Prefect treats null and an empty text as unset. In place of an object, though, pydantic 1 reads "" as an empty object. */
function isUnset(value: unknown, effect = ''): boolean {
  return value === null || (value === '' && !OF_OBJECTS.has(effect));
}

function ask(...operations: readonly Operation[]): readonly Ask[] {
  return operations.map((operation) => ({ operation, isElsewhere: !ABOUT_THE_SAME_OBJECT.has(operation) }));
}

function ofObject(read: (value: JsonObject) => readonly Ask[]): (value: unknown) => readonly Ask[] | undefined {
  return (value) => (isObject(value) ? read(value) : undefined);
}

/** Prefect creates a queue that does not exist. Without a pool it uses the default pool, and creates that too. */
function nameQueue(_name: unknown, { work_pool_name: pool }: JsonObject): readonly Ask[] {
  const isInDefaultPool = pool === undefined || isUnset(pool);
  return ask('mutation/create_work_queue', ...(isInDefaultPool ? (['mutation/create_work_pool'] as const) : []));
}

function fillIn(value: unknown, readsTexts = false): readonly Ask[] {
  const fillings = readFillings(value, readsTexts);
  return [
    ...(fillings.has('workspace_variable') ? ask('query/read_variable_by_name') : []),
    ...(fillings.has('jinja') ? ask('query/render_template') : []),
  ];
}

/**
 * A template of an automation can read every variable by name. It can also read the event, which contains the value of a
 * variable that was changed. This is so however the template's text comes about. If it renders a run's parameters, Prefect
 * fills in the result once more.
 */
function render(value: unknown): readonly Ask[] {
  return hasTemplate(value) || readFillings(value).has('jinja')
    ? ask('query/read_variable_by_name', 'query/render_template')
    : fillIn(value);
}

/** `{"$ref": {"block_document_id": "..."}}`, names another block. Everyone who sees this block sees that one. */
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

/** A run begins in one of these states. Any other state has to be set. */
function isBeginning(state: unknown): boolean {
  return isObject(state) && (state.type === 'SCHEDULED' || state.type === 'PENDING');
}
