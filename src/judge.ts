import type { IncomingHttpHeaders } from 'node:http';
import type { IdentifyAnonymous } from './authentication/anonymous.ts';
import type { Authenticate } from './authentication/authenticate.ts';
import { readCredential } from './authentication/credential.ts';
import type { AccessRequest, OriginalRequest, Preview } from './authorization/access-request.ts';
import type { Condition } from './authorization/condition.ts';
import { type Decision, decide } from './authorization/decide.ts';
import { type Denial, deny, isDenial } from './authorization/denial.ts';
import { isId, type NamedObject } from './authorization/objects.ts';
import { conditionsFor, type Policy } from './authorization/policy.ts';
import type { Principal } from './authorization/principal.ts';
import { mayCoverGraphql, NOTHING_OF_GRAPHQL, OWN_QUESTION_BYTES, refuseEarly } from './authorization/refuse-early.ts';
import { andThen } from './event-loop/and-then.ts';
import type { ResolveObjects } from './prefect/resolve-objects.ts';
import type { Reading, RequestReader } from './reading/read-request.ts';
import type { Public } from './requests/rest/rest-request.ts';

/** A decision, and what was known when it was taken. */
export interface Verdict {
  readonly decision: Decision;
  /** Absent if no credential was needed, or if it was refused. */
  readonly principal?: Principal;
  /** Absent if the request was refused before it was understood, and if it is public. */
  readonly request?: AccessRequest;
}

/**
 * Reads a body that has arrived or is on its way, and keeps it no longer than `read` takes. A body is left where it is until this is
 * called. Rejects if the body breaks off.
 */
export type BodyReader = <Read>(
  maxBytes: number,
  userId: string,
  read: (body: Buffer) => Read | Promise<Read>,
) => BodyRead<Read> | Promise<BodyRead<Read>>;
type BodyRead<Read> = Read | 'too-large' | Denial;

/**
 * Turns an original request and the headers that came with it into a verdict: immediately if the key is cached and nothing has to be
 * looked up. Throws or rejects if there is no verdict, because the store does not answer.
 *
 * @param original without its body
 * @param readBody absent if no body comes
 */
export type Judge = (
  original: OriginalRequest,
  headers: IncomingHttpHeaders,
  readBody?: BodyReader,
) => Verdict | Promise<Verdict>;

export interface JudgeDependencies {
  readonly authenticate: Authenticate;
  readonly reader: RequestReader;
  /** Gives requests without a credential their principal, if ALLOW_PUBLIC_ACCESS allows them. */
  readonly identifyAnonymous?: IdentifyAnonymous | undefined;
  readonly resolveObjects: ResolveObjects;
}

const PUBLIC: Verdict = { decision: { outcome: 'allow' } };

export function createJudge(dependencies: JudgeDependencies): Judge {
  const { authenticate, reader, identifyAnonymous, resolveObjects } = dependencies;

  function identify(headers: IncomingHttpHeaders): ReturnType<Authenticate> {
    const credential = readCredential(headers);
    if (!isDenial(credential)) return authenticate(credential, headers['x-real-ip'] as string | undefined);
    if (identifyAnonymous === undefined || credential.reason !== 'missing_credential') return credential;
    return andThen(identifyAnonymous(), (anonymous) => anonymous ?? credential);
  }

  /** Decides again with the objects looked up: only if the decision depends on them. */
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
    preview: Preview | Denial | Public,
    readBody?: BodyReader,
  ): Verdict | Promise<Verdict> {
    if (isDenial(principal)) return { decision: principal, ...knownOf(preview) };
    if (preview === 'public') return PUBLIC;
    if (isDenial(preview)) return { decision: preview, principal };
    if (preview.isWhole) return judgeRequest(principal, preview.request);
    const refusal = refuseEarly(principal.policy, preview);
    if (refusal !== undefined) return { decision: refusal, principal, request: preview.request };
    return andThen(readWhole(principal, original, preview, readBody), (request) => {
      if (request === 'public') return PUBLIC;
      return isDenial(request)
        ? { decision: request, principal }
        : judgeRequest(principal, { ...preview.request, ...request });
    });
  }

  /** Reads the request with its body, if it has one. */
  function readWhole(
    { policy, userId }: Principal,
    original: OriginalRequest,
    preview: Preview,
    readBody?: BodyReader,
  ): Reading | Promise<Reading> {
    if (readBody === undefined) return reader.read(original, userId);
    const hasGraphql = !preview.isGraphql || mayCoverGraphql(policy);
    const maxBytes = hasGraphql ? preview.maxBytes : OWN_QUESTION_BYTES;
    const whole = readBody(maxBytes, userId, (body) => reader.read({ ...original, body }, userId));
    return andThen(whole, (reading) => {
      if (reading === 'too-large') return hasGraphql ? tooLarge(maxBytes) : NOTHING_OF_GRAPHQL;
      return reading;
    });
  }

  function judgeRequest(principal: Principal, request: AccessRequest): Verdict | Promise<Verdict> {
    const decision = decide(principal.policy, request);
    const conditions = conditionsOfMissing(principal.policy, decision);
    const named = conditions.length === 0 ? [] : (request.named?.() ?? []);
    return named.length === 0
      ? { decision, principal, request }
      : judgeOnObjects(principal, request, named, conditions);
  }

  return function judge(original, headers, readBody) {
    // Bodies and documents cost time to read: they are read only for a principal that may do what the path says.
    const preview = reader.preview(original);
    if (preview === 'public' && readBody === undefined) return PUBLIC;
    return andThen(identify(headers), (principal) => judgeFor(principal, original, preview, readBody));
  };
}

function knownOf(preview: Preview | Denial | Public): Pick<Verdict, 'request'> {
  return preview === 'public' || isDenial(preview) || preview.request.operations.length === 0
    ? {}
    : { request: preview.request };
}

function tooLarge(maxBytes: number): Denial {
  return deny('unreadable_request', `The body has more than ${maxBytes} bytes (GRAPHQL_MAX_BYTES).`);
}

/** The conditions under which the missing operations would be allowed. */
function conditionsOfMissing(policy: Policy, decision: Decision): readonly Condition[] {
  const missing = decision.outcome === 'deny' ? (decision.missing ?? []) : [];
  return missing.flatMap((operation) => conditionsFor(policy, operation));
}
