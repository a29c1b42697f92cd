import { describeAmounts } from '../amounts/describe-amounts.ts';
import { compileBoundPolicy } from '../authorization/policy.ts';
import type { ApiKey } from '../keys/api-key.ts';
import { clientLines } from './client-lines.ts';
import { configuredRoles } from './configured-roles.ts';
import { print } from './print.ts';

/** Shows a new key, which is never shown again, and how to give it to Prefect's clients. */
export function printIssuedKey(
  { key, apiKey }: { readonly key: string; readonly apiKey: ApiKey },
  ownerScopes: string | undefined,
  { json }: { readonly json?: boolean },
): void {
  const amountsTo = describeAmounts(compileBoundPolicy(apiKey.scopes, ownerScopes, configuredRoles()));
  if (json) {
    print(`${JSON.stringify({ key, ...apiKey, amountsTo })}\n`);
    return;
  }
  const from = apiKey.validFrom.getTime() > Date.now() ? ` from ${apiKey.validFrom.toISOString()} on` : '';
  print(
    `The key of ${apiKey.userId} (id ${apiKey.id}), shown this once:\n\n    ${key}\n\n` +
      `It grants ${apiKey.scopes}${from} and expires on ${apiKey.expiresAt.toISOString()}.\n` +
      `${amountsTo.map((sentence) => `${sentence}\n`).join('')}\n${clientLines(key)}\n`,
  );
}
