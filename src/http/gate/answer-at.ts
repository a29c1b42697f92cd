import type { Context, Next } from 'koa';

/** Answers one path, whatever the method. The router's matching would cost more than the decision. */
export function answerAt(path: string, answer: (ctx: Context) => Promise<void>) {
  const beforeQuery = `${path}?`;
  return function answerIfThere(ctx: Context, next: Next): Promise<void> {
    const { url } = ctx.req;
    return url === path || url?.startsWith(beforeQuery) ? answer(ctx) : next();
  };
}
