import type { ApiKey } from '../authentication/api-key.ts';
import { clientLines } from './client-lines.ts';

/** Shows a new key, this once, and how Prefect's clients take it. */
export function printIssuedKey(
  { key, apiKey }: { readonly key: string; readonly apiKey: ApiKey },
  { json }: { readonly json?: boolean },
): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ key, ...apiKey })}\n`);
    return;
  }
  const from = apiKey.validFrom.getTime() > Date.now() ? ` from ${apiKey.validFrom.toISOString()} on` : '';
  process.stdout.write(
    `The key of ${apiKey.userId} (id ${apiKey.id}), shown this once:\n\n    ${key}\n\n` +
      `It grants ${apiKey.scopes}${from} and expires on ${apiKey.expiresAt.toISOString()}.\n\n${clientLines(key)}\n`,
  );
}
