import type { Context } from 'koa';
import type { IdentifyAnonymous } from '../../authentication/anonymous.ts';

/** Tells nginx whether Prefect's pages have to ask for a key: not if they may be read without one. */
export function createSignIn(identifyAnonymous: IdentifyAnonymous | undefined) {
  return async function answerSignIn(ctx: Context): Promise<void> {
    const anonymous = await identifyAnonymous?.();
    ctx.set('X-Auth-Sign-In', anonymous === undefined ? 'form' : 'none');
    ctx.status = 204;
  };
}
