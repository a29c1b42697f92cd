import type { IncomingHttpHeaders } from 'node:http';
import type { Authenticate } from './authentication/authenticate.ts';
import { readCredential } from './authentication/credential.ts';
import { ANONYMOUS, type Principal } from './authentication/principal.ts';
import type { AccessRequest, OriginalRequest } from './authorization/access-request.ts';
import { type Decision, decide } from './authorization/decide.ts';
import type { AccessRequestReader } from './authorization/read-access-request.ts';
import { type Denial, isDenial } from './denial.ts';

/** A decision, and what was known when it was taken. */
export interface Verdict {
  readonly decision: Decision;
  /** Absent where nobody had to sign in, or the credential was refused. */
  readonly principal?: Principal;
  /** Absent where the request was refused before it was understood, and where it is public. */
  readonly request?: AccessRequest;
}

/** From an original request and the headers that came with it to a verdict; throws where the store does not answer. */
export type Judge = (original: OriginalRequest, headers: IncomingHttpHeaders) => Promise<Verdict>;

export interface JudgeDependencies {
  readonly authenticate: Authenticate;
  readonly reader: AccessRequestReader;
  readonly isPublicAccessAllowed: boolean;
}

export function createJudge({ authenticate, reader, isPublicAccessAllowed }: JudgeDependencies): Judge {
  async function identify(headers: IncomingHttpHeaders): Promise<Principal | Denial> {
    const credential = readCredential(headers);
    if (!isDenial(credential)) return authenticate(credential);
    return isPublicAccessAllowed && credential.reason === 'missing_credential' ? ANONYMOUS : credential;
  }

  return async function judge(original, headers) {
    // A document costs time to read: only someone with a key has it read.
    const rest = reader.isGraphql(original) ? undefined : reader.readRest(original);
    if (rest === 'public') return { decision: { outcome: 'allow' } };
    const principal = await identify(headers);
    if (isDenial(principal)) return { decision: principal, ...(rest && !isDenial(rest) && { request: rest }) };
    const request = rest ?? reader.readGraphql(original);
    if (isDenial(request)) return { decision: request, principal };
    return { decision: decide(principal.policy, request), principal, request };
  };
}
