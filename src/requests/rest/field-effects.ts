import type { Aside } from '../../authorization/aside.ts';
import { type Denial, isDenial } from '../../authorization/denial.ts';
import type { Operation } from '../../authorization/operation.ts';
import { isObject, isShortList, type JsonObject, otherForm, valuesAt } from './body-fields.ts';
import { hasTemplate, readFillings } from './prefect-kinds.ts';
import { hasRemoteReference, holdsRemoteReference } from './schema-references.ts';

/** What a field of a body may do beside what its route's name says. */
export interface FieldRule {
  /** Where it stands: `parameters`, `schedules[].parameters`, `[].parameters` in a body that is a list. */
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

type Ask = Pick<Aside, 'operation' | 'isElsewhere'>;

/** By the names that data/prefect/reviewed.json uses; undefined for a value that has another form than Prefect documents. */
const EFFECTS: Readonly<Record<string, (value: unknown, siblings: JsonObject) => readonly Ask[] | undefined>> = {
  secrets: (value) => (value === false ? [] : ask('query/read_block_secrets')),
  overrides: (value) =>
    isObject(value) && Object.keys(value).length === 0 ? [] : ask('mutation/override_job_variables'),
  // What takes the place of others takes them away, even if it is nothing.
  'replaced overrides': () => ask('mutation/override_job_variables'),
  queue: nameQueue,
  hydrated: ofObject((value) => fillIn(value)),
  // Of a variable, which a `json` may read.
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

/** Those that say something where they are null as well. */
const MEANT_WHEN_UNSET: ReadonlySet<string> = new Set(['secrets', 'limit', 'replaced overrides']);

/** Of an automation. One without a type is read as each of them. */
const MOST_ACTIONS = 100;

/** Those of fields that hold an object. */
const OF_OBJECTS: ReadonlySet<string> = new Set(['hydrated', 'rendered', 'references', 'schema']);

/** What a field asks for about the object that the path names; anything else is about another one. */
const ABOUT_THE_SAME_OBJECT: ReadonlySet<Operation> = new Set([
  'query/read_block_secrets',
  'mutation/override_job_variables',
  'mutation/override_base_job_template',
  'mutation/set_flow_run_state',
  'mutation/set_infrastructure_pid',
]);

/** Everything that the fields of a body ask for. It is refused where Prefect may read something else in it than we do. */
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
    // Without one, Prefect takes the action for any that its fields fit.
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

/** All that is read of several things, or the first refusal. */
function join<Item>(items: readonly Item[], read: (item: Item) => readonly Aside[] | Denial): Aside[] | Denial {
  const all: Aside[] = [];
  for (const item of items) {
    const asides = read(item);
    if (isDenial(asides)) return asides;
    for (const aside of asides) all.push(aside);
  }
  return all;
}

/** Prefect takes null and an empty text for nothing, but pydantic 1 an empty text for an empty object where one belongs. */
function isUnset(value: unknown, effect = ''): boolean {
  return value === null || (value === '' && !OF_OBJECTS.has(effect));
}

function ask(...operations: readonly Operation[]): readonly Ask[] {
  return operations.map((operation) => ({ operation, isElsewhere: !ABOUT_THE_SAME_OBJECT.has(operation) }));
}

function ofObject(read: (value: JsonObject) => readonly Ask[]): (value: unknown) => readonly Ask[] | undefined {
  return (value) => (isObject(value) ? read(value) : undefined);
}

/** A queue that does not exist is made; without a pool, in the default pool, which is made with it. */
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
 * A template of an automation reads all variables where it names them, and the event, which carries the value of one that was
 * changed: however its text comes about. What it gives to the parameters of a run is filled in once more.
 */
function render(value: unknown): readonly Ask[] {
  return hasTemplate(value) || readFillings(value).has('jinja')
    ? ask('query/read_variable_by_name', 'query/render_template')
    : fillIn(value);
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
