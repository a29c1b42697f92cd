import type { RouterContext } from '@koa/router';
import type { Next } from 'koa';
import type { Audit } from '../../audit/audit.ts';
import type { Authenticate } from '../../authentication/authenticate.ts';
import { readCredential } from '../../authentication/credential.ts';
import { decide } from '../../authorization/decide.ts';
import { isDenial } from '../../authorization/denial.ts';
import type { Operation } from '../../authorization/operation.ts';
import { type Change, EVERYTHING } from '../../key-cache/invalidation-channel.ts';
import type { KeyCache } from '../../key-cache/key-cache.ts';
import { digestOf, isKeyId, KEY_ID_LENGTH } from '../../keys/key-format.ts';
import type { LogLevelOverride } from '../../observability/log-level-override.ts';
import { respondDenied } from '../respond.ts';

/** Lets a request pass only with a key whose scopes name the operation. Access is never public here. */
export function createAdminGuard(authenticate: Authenticate, audit: Audit) {
  return (operation: Operation) =>
    async function requireScope(ctx: RouterContext, next: Next): Promise<void> {
      const credential = readCredential(ctx.headers);
      const principal = isDenial(credential) ? credential : await authenticate(credential, ctx.ip);
      const decision = isDenial(principal) ? principal : decide(principal.policy, { operations: [operation] });
      const event = {
        decision,
        principal: isDenial(principal) ? undefined : principal,
        requestId: ctx.state.requestId,
        method: ctx.method,
        path: String(ctx._matchedRoute),
        client: ctx.ip,
      };
      audit.record(event, [operation]);
      if (decision.outcome === 'deny') {
        respondDenied(ctx, decision);
        return;
      }
      ctx.state.principal = principal;
      await next();
    };
}

/** `POST /logs/<level>` */
export function createLogLevelEndpoint(override: LogLevelOverride) {
  return function setLogLevel(ctx: RouterContext): void {
    const level = override.set(String(ctx.params.level));
    if (level === undefined) {
      ctx.status = 400;
      ctx.body = { detail: 'The level is one of error, warn, info, debug.' };
      return;
    }
    ctx.body = { level, seconds: override.seconds };
  };
}

/** `POST /cache/reset` */
export function createCacheResetEndpoint(cache: KeyCache) {
  return async function resetCache(ctx: RouterContext): Promise<void> {
    respondForgotten(ctx, await cache.reset(), 'The cache is empty.');
  };
}

/** `DELETE /cache/<key or key id>` */
export function createCacheEvictionEndpoint(cache: KeyCache) {
  return async function evictKey(ctx: RouterContext): Promise<void> {
    const keyOrId = String(ctx.params.key);
    const byKey = await cache.evict(digestOf(keyOrId));
    const change = byKey.wasKnown ? undefined : toChange(keyOrId);
    const { wasKnown, isTold } = change === undefined ? byKey : await cache.evict(change);
    respondForgotten(ctx, byKey.isTold && isTold, describeForgotten(change, wasKnown));
  };
}

function describeForgotten(change: Change | undefined, wasKnown: boolean): string {
  if (change === EVERYTHING)
    return 'That is no key that is cached here, and may be an id: every cached key is forgotten.';
  return wasKnown ? 'The key is no longer cached.' : 'The key was not cached here.';
}

/**
 * The change that the other instances are notified of beside the digest, if the text may be an id. Notifications are written down
 * on their way, and must not contain a key: for a short text that is not a usual id, everything is forgotten.
 */
function toChange(keyOrId: string): Change | undefined {
  if (isKeyId(keyOrId)) return keyOrId;
  return keyOrId.length > KEY_ID_LENGTH ? undefined : EVERYTHING;
}

/** This instance has forgotten it either way. The operator has to know if the others could not be notified. */
function respondForgotten(ctx: RouterContext, isTold: boolean, detail: string): void {
  if (isTold) {
    ctx.body = { detail };
    return;
  }
  ctx.status = 503;
  ctx.body = { detail: `On this instance: ${detail} The others could not be told; try again shortly.` };
}
