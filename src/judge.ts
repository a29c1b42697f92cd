import type { IncomingHttpHeaders } from 'node:http';
import type { Authenticate } from './authentication/authenticate.ts';
import { readCredential } from './authentication/credential.ts';
import { ANONYMOUS, type Principal } from './authentication/principal.ts';
import type { AccessRequest, OriginalRequest } from './authorization/access-request.ts';
import type { Condition } from './authorization/condition.ts';
import { type Decision, decide } from './authorization/decide.ts';
import { isId, type NamedObject } from './authorization/objects.ts';
import { conditionsFor, type Policy } from './authorization/policy.ts';
import { mayHoldDocument, queryString } from './authorization/query-string.ts';
import type { AccessRequestReader } from './authorization/read-access-request.ts';
import type { Public } from './authorization/rest-request.ts';
import { type Denial, isDenial } from './denial.ts';
import type { ResolveObjects } from './prefect/resolve-objects.ts';

/** A decision, and what was known when it was taken. */
export interface Verdict {
  readonly decision: Decision;
  /** Absent where nobody had to sign in, or the credential was refused. */
  readonly principal?: Principal;
  /** Absent where the request was refused before it was understood, and where it is public. */
  readonly request?: AccessRequest;
}

/**
 * From an original request and the headers that came with it to a verdict: at once where the key is cached and nothing has to
 * be looked up. Throws or rejects where it is not known: the store does not answer.
 */
export type Judge = (original: OriginalRequest, headers: IncomingHttpHeaders) => Verdict | Promise<Verdict>;

export interface JudgeDependencies {
  readonly authenticate: Authenticate;
  readonly reader: AccessRequestReader;
  readonly isPublicAccessAllowed: boolean;
  readonly resolveObjects: ResolveObjects;
}

const PUBLIC: Verdict = { decision: { outcome: 'allow' } };

export function createJudge(dependencies: JudgeDependencies): Judge {
  const { authenticate, reader, isPublicAccessAllowed, resolveObjects } = dependencies;

  function identify(headers: IncomingHttpHeaders): ReturnType<Authenticate> {
    const credential = readCredential(headers);
    if (!isDenial(credential)) return authenticate(credential, headers['x-real-ip'] as string | undefined);
    return isPublicAccessAllowed && credential.reason === 'missing_credential' ? ANONYMOUS : credential;
  }

  function isCostly(original: OriginalRequest): boolean {
    const { body, target } = original;
    return body !== undefined || reader.isGraphql(original) || mayHoldDocument(queryString(target));
  }

  function read(original: OriginalRequest): AccessRequest | Denial | Public {
    return reader.isGraphql(original) ? reader.readGraphql(original) : reader.readRest(original);
  }

  /** Once more, with the objects looked up: only where it depends on them. */
  async function judgeOnObjects(
    principal: Principal,
    request: AccessRequest,
    named: readonly NamedObject[],
    conditions: readonly Condition[],
  ): Promise<Verdict> {
    const wantsIds = conditions.some(({ pattern }) => isId(pattern));
    const objects = await resolveObjects(named, wantsIds);
    return { decision: decide(principal.policy, { ...request, objects }), principal, request };
  }

  function judgeFor(
    principal: Principal | Denial,
    original: OriginalRequest,
    rest: AccessRequest | Denial | undefined,
  ): Verdict | Promise<Verdict> {
    if (isDenial(principal)) return { decision: principal, ...(rest && !isDenial(rest) && { request: rest }) };
    const request = rest ?? read(original);
    if (request === 'public') return PUBLIC;
    if (isDenial(request)) return { decision: request, principal };
    const decision = decide(principal.policy, request);
    const conditions = conditionsOfMissing(principal.policy, decision);
    const named = conditions.length === 0 ? [] : (request.named?.() ?? []);
    return named.length === 0
      ? { decision, principal, request }
      : judgeOnObjects(principal, request, named, conditions);
  }

  return function judge(original, headers) {
    // A document and a body cost time to read: only someone with a key has them read.
    const rest = isCostly(original) ? undefined : reader.readRest(original);
    if (rest === 'public') return PUBLIC;
    const principal = identify(headers);
    return principal instanceof Promise
      ? principal.then((found) => judgeFor(found, original, rest))
      : judgeFor(principal, original, rest);
  };
}

/** The conditions under which the missing operations would be allowed. */
function conditionsOfMissing(policy: Policy, decision: Decision): readonly Condition[] {
  const missing = decision.outcome === 'deny' ? (decision.missing ?? []) : [];
  return missing.flatMap((operation) => conditionsFor(policy, operation));
}
