import type { Context } from 'koa';
import type { Audit } from '../audit.ts';
import { isDenial } from '../denial.ts';
import type { Judge, Verdict } from '../judge.ts';
import { type OriginalRequestOptions, readOriginalRequest } from './original-request.ts';
import { respondAllowed, respondDenied } from './respond.ts';

export interface AuthorizeDependencies {
  readonly judge: Judge;
  readonly audit: Audit;
  readonly tenantId: string;
}

/** Answers nginx: may the request that it holds back go on? */
export function createAuthorize({ judge, audit, tenantId }: AuthorizeDependencies, options: OriginalRequestOptions) {
  return async function authorize(ctx: Context): Promise<void> {
    const original = await readOriginalRequest(ctx.req, options);
    const verdict: Verdict = isDenial(original) ? { decision: original } : await judge(original, ctx.headers);
    const { decision, principal, request } = verdict;
    audit.record({
      decision,
      principal,
      operations: request?.operations ?? [],
      requestId: ctx.state.requestId,
      method: ctx.get('X-Original-Method'),
      path: ctx.get('X-Original-URI').split('?', 1)[0] ?? '',
      client: ctx.get('X-Real-IP') || ctx.ip,
    });
    if (decision.outcome === 'deny') respondDenied(ctx, decision);
    else respondAllowed(ctx, principal, tenantId);
  };
}
