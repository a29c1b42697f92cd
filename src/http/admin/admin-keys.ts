import type Router from '@koa/router';
import type { RouterContext } from '@koa/router';
import type { Context, Next } from 'koa';
import bodyParser from 'koa-bodyparser';
import type { Audit } from '../../audit/audit.ts';
import { isDenial } from '../../authorization/denial.ts';
import type { Operation } from '../../authorization/operation.ts';
import type { Principal } from '../../authorization/principal.ts';
import { KeyProblem, type KeyProblemCode } from '../../keys/key-problem.ts';
import type { ApiKeyStore } from '../../keys/key-store.ts';
import { createManageKeys, type ManageKeys } from '../../keys/manage-keys.ts';
import { hasBody } from '../has-body.ts';
import { respondDenied } from '../respond.ts';
import type { Endpoint } from './admin-keys-endpoints.ts';
import { toOpenapi } from './admin-openapi.ts';

export interface AdminKeysRouting {
  readonly endpoints: readonly Endpoint[];
  /** Lets a request pass if a scope of its key names the operation, and puts its principal into `ctx.state`. */
  readonly requires: (operation: Operation) => (ctx: RouterContext, next: Next) => Promise<void>;
  readonly audit: Audit;
  readonly keys: ApiKeyStore;
  /** Makes every instance forget a changed key. */
  readonly forget: (keyId: string) => Promise<unknown>;
}

const STATUS_OF_PROBLEM: Readonly<Record<KeyProblemCode, number>> = {
  invalid: 400,
  not_found: 404,
  conflict: 409,
  not_migrated: 409,
};

/** `/admin/keys` offers to other programs what the command line does. */
export function routeAdminKeys(router: Router, { endpoints, requires, audit, keys, forget }: AdminKeysRouting): void {
  const document = toOpenapi(endpoints);
  router.get('/admin/openapi.json', (ctx) => {
    ctx.body = document;
  });
  const parseBody = bodyParser({ enableTypes: ['json'], jsonLimit: '16kb', onerror: refuseBody });
  const readBody = (ctx: Context, next: Next) => (hasBody(ctx.req) ? parseBody(ctx, next) : next());
  function manageFor(ctx: RouterContext, principal: Principal): ManageKeys {
    const { requestId } = ctx.state;
    return createManageKeys(keys, {
      record: (change) => audit.recordChange({ ...change, principal, requestId, client: ctx.ip }),
      notify: forget,
    });
  }

  for (const endpoint of endpoints) {
    const path = endpoint.path.replace('{id}', ':id');
    router[endpoint.method](
      path,
      requires(endpoint.operation),
      answerProblems,
      readBody,
      async (ctx: RouterContext) => {
        const given = endpoint.method === 'get' ? { ...ctx.query } : (ctx.request as { body?: unknown }).body;
        const input = endpoint.input.safeParse(given ?? {});
        if (!input.success) throw new KeyProblem('invalid', describeIssues(input.error.issues));
        const principal: Principal = ctx.state.principal;
        const manage = manageFor(ctx, principal);
        const answer = await endpoint.answer({ principal, id: String(ctx.params.id ?? ''), input: input.data, manage });
        if (isDenial(answer)) return respondDenied(ctx, answer);
        ctx.status = endpoint.status;
        ctx.body = answer.body;
      },
    );
  }
}

async function answerProblems(ctx: Context, next: Next): Promise<void> {
  try {
    await next();
  } catch (error) {
    if (!(error instanceof KeyProblem)) throw error;
    ctx.status = STATUS_OF_PROBLEM[error.code];
    ctx.body = { detail: error.message };
  }
}

function refuseBody(error: Error): never {
  const isLarge = (error as { type?: string }).type === 'entity.too.large';
  throw new KeyProblem('invalid', isLarge ? 'The body has more than 16 kB.' : 'The body is not a JSON object.');
}

function describeIssues(issues: readonly { path: readonly PropertyKey[]; message: string }[]): string {
  return issues.map(({ path, message }) => `${path.join('.') || 'input'}: ${message}`).join('; ');
}
