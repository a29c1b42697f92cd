import type { Context } from 'koa';
import type { Audit } from '../audit.ts';
import { isMutation } from '../authorization/operation.ts';
import type { Verdict } from '../judge.ts';

/** Hands a verdict to the audit trail: each GraphQL document with a mutation by itself, every other request as a whole. */
export function recordVerdict(audit: Audit, ctx: Context, { decision, principal, request }: Verdict): void {
  const event = {
    decision,
    principal,
    operations: request?.operations ?? [],
    requestId: ctx.state.requestId,
    method: ctx.get('X-Original-Method'),
    path: ctx.get('X-Original-URI').split('?', 1)[0] ?? '',
    client: ctx.get('X-Real-IP') || ctx.ip,
  };
  const mutating = request?.graphql?.items.filter(({ operations }) => operations.some(isMutation)) ?? [];
  if (mutating.length === 0) audit.record(event);
  for (const item of mutating) audit.record({ ...event, operations: item.operations, graphql: item });
}
