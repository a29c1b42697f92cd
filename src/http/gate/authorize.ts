import type { IncomingHttpHeaders } from 'node:http';
import type { Context } from 'koa';
import type { Answerer } from '../../answer/answerer.ts';
import type { Audit } from '../../audit/audit.ts';
import { isDenial } from '../../authorization/denial.ts';
import { turnHasArrived, turnIsDecided } from '../../event-loop/turn.ts';
import type { Judge, Verdict } from '../../judge.ts';
import type { Metrics } from '../../observability/metrics.ts';
import type { AllowOrigin } from '../../prefect/allow-origin.ts';
import { respondAllowed, respondDenied } from '../respond.ts';
import type { BodyRoom } from './body-room.ts';
import { bodyReaderOf } from './mirrored-body.ts';
import { readOriginalRequest } from './original-request.ts';
import { readClient, recordVerdict } from './record-verdict.ts';

export interface AuthorizeDependencies {
  readonly judge: Judge;
  readonly audit: Audit;
  readonly answerer: Answerer;
  readonly metrics: Pick<Metrics, 'decided'>;
  readonly tenantId: string;
  /** Decides whether pages of another origin may read a refusal in a browser. */
  readonly allowOrigin: AllowOrigin;
  readonly bodyRoom: BodyRoom;
  readonly watchPlainHttp: (headers: IncomingHttpHeaders) => void;
}

/** Answers nginx: may the request that it holds back go on? */
export function createAuthorize(
  { judge, audit, answerer, metrics, tenantId, allowOrigin, bodyRoom, watchPlainHttp }: AuthorizeDependencies,
  isGraphqlHost: boolean,
) {
  return async function authorize(ctx: Context): Promise<void> {
    const client = readClient(ctx);
    await turnHasArrived();
    watchPlainHttp(ctx.req.headers);
    const original = readOriginalRequest(ctx.req, isGraphqlHost);
    const judged = isDenial(original)
      ? { decision: original }
      : judge(original, ctx.headers, bodyReaderOf(ctx, bodyRoom));
    // Awaiting a verdict that is already there would give up the turn.
    const verdict: Verdict = judged instanceof Promise ? await judged : judged;
    const { decision, principal } = verdict;
    // Only if nginx is prepared to come back with the request: then nothing has been decided yet.
    if (ctx.req.headers['x-auth-answer'] === 'self' && answerer.toAnswerable(verdict) !== undefined) {
      respondAllowed(ctx, principal, tenantId, ['X-Auth-Answer', 'self']);
      return;
    }
    metrics.decided(decision);
    recordVerdict(audit, ctx, verdict, client);
    await turnIsDecided();
    if (decision.outcome === 'allow') {
      respondAllowed(ctx, principal, tenantId);
      return;
    }
    const { origin } = ctx.req.headers;
    if (origin) ctx.set(await allowOrigin(origin));
    respondDenied(ctx, decision);
  };
}
