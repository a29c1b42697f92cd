import type { FoundEffect } from './found-effects.ts';

/** Found by people in the newest release before there was an oracle, which has to find them without being told. */
export const knownEffects = [
  ['PATCH /block_documents/{id}', 'reveals-secret-later'],
  ['POST /block_schemas/', 'reveals-secret-of-next-block'],
  ['POST /deployments/{id}/create_flow_run', 'reveals-variable'],
  ['POST /deployments/{id}/create_flow_run', 'renders-template'],
  ['POST /deployments/{id}/create_flow_run', 'creates:work_queue'],
  ['POST /ui/schemas/validate', 'reveals-variable'],
  ['PATCH /work_pools/{name}', 'workers-get:template'],
  ['WS /events/out', 'reveals-variable'],
] as const;

export function missingOf(
  known: readonly (readonly [route: string, effect: string])[],
  found: readonly FoundEffect[],
): (readonly [string, string])[] {
  return known.filter(([route, effect]) => !found.some((each) => each.route === route && each.effect === effect));
}
