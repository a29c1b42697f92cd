import type { Context } from 'koa';
import { deny, isDenial } from '../../authorization/denial.ts';
import type { Verdict } from '../../judge.ts';
import { respondDenied, toIdentityHeaders } from '../respond.ts';
import type { AuthorizeDependencies } from './authorize.ts';
import { bodyReaderOf } from './mirrored-body.ts';
import { readOriginalRequest } from './original-request.ts';
import { readClient, recordVerdict } from './record-verdict.ts';

const NOT_OURS = deny('unsupported_request', 'Prefect answers this request, not prefect-auth.');

/**
 * Answers a GraphQL request in Prefect's place. nginx sends it here because `/auth` said so, but that is not relied on: every
 * request is judged again.
 */
export function createAnswer({ judge, audit, answerer, metrics, tenantId, bodyRoom }: AuthorizeDependencies) {
  return async function answer(ctx: Context): Promise<void> {
    const client = readClient(ctx);
    const original = readOriginalRequest(ctx.req, true);
    const judged = isDenial(original)
      ? { decision: original }
      : judge(original, ctx.headers, bodyReaderOf(ctx, bodyRoom));
    const verdict: Verdict = await judged;
    const answerable = answerer.toAnswerable(verdict);
    if (answerable === undefined) {
      const { decision } = verdict;
      const refused = { ...verdict, decision: decision.outcome === 'deny' ? decision : NOT_OURS };
      metrics.decided(refused.decision);
      recordVerdict(audit, ctx, refused, client);
      respondDenied(ctx, refused.decision);
      return;
    }
    // A batch counts as one request, which is refused if a part of it is.
    metrics.decided(verdict.decision);
    const { principal, isBatch, documents } = answerable;
    for (const { item, decision } of documents) {
      const request = { operations: item.operations, graphql: { isBatch, items: [item] } };
      recordVerdict(audit, ctx, { decision, principal, request }, client);
    }
    const { status, body } = await answerer.answer(answerable, {
      ...toClientHeaders(ctx),
      ...toIdentityHeaders(principal, tenantId),
      'X-Request-Id': ctx.state.requestId,
    });
    ctx.status = status;
    ctx.type = 'application/json';
    ctx.body = body;
  };
}

/** The headers in which Prefect 1's clients describe themselves; never a credential. */
function toClientHeaders(ctx: Context): Record<string, string> {
  const told = Object.entries(ctx.headers).flatMap(([name, value]) =>
    typeof value === 'string' && /^x-(?:prefect-|backend$)/.test(name) ? [[name, value] as const] : [],
  );
  return Object.fromEntries(told.filter(([name]) => name !== 'x-prefect-user-id'));
}
