import type { Context } from 'koa';
import { type Audit, isRecorded } from '../../audit/audit.ts';
import { isMutation } from '../../authorization/operation.ts';
import type { Verdict } from '../../judge.ts';

/**
 * Hands a verdict to the audit trail. Each allowed GraphQL document with a mutation is one event; so is every other request as a
 * whole.
 *
 * @param client what `readClient` returned before anything was awaited
 */
export function recordVerdict(
  audit: Audit,
  ctx: Context,
  { decision, principal, request }: Verdict,
  client: string,
): void {
  const operations = request?.operations ?? [];
  if (!isRecorded(decision, operations)) return;
  const event = {
    decision,
    principal,
    requestId: ctx.state.requestId,
    method: readHeader(ctx, 'x-original-method'),
    path: readHeader(ctx, 'x-original-uri').split('?', 1)[0] ?? '',
    client,
  };
  const documents = request?.graphql?.items.filter((item) => item.operations.some(isMutation)) ?? [];
  // A refusal is one line, however many documents were refused.
  if (documents.length === 0 || (decision.outcome === 'deny' && documents.length > 1)) {
    audit.record(event, operations);
    return;
  }
  for (const document of documents) audit.record(event, document.operations, document);
}

/** The client's address, which can no longer be read once the connection is closed. */
export function readClient(ctx: Context): string {
  return readHeader(ctx, 'x-real-ip') || ctx.ip;
}

function readHeader(ctx: Context, name: string): string {
  return (ctx.req.headers[name] as string | undefined) ?? '';
}
