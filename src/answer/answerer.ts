import type { AccessRequest, GraphqlItem } from '../authorization/access-request.ts';
import { type Decision, decide } from '../authorization/decide.ts';
import type { Operation } from '../authorization/operation.ts';
import type { Principal } from '../authorization/principal.ts';
import type { Verdict } from '../judge.ts';
import type { AnswerPart, GraphqlResult, MergeAnswers } from '../prefect/merge-answers.ts';
import { toVariables } from '../requests/graphql/graphql-variables.ts';
import { answerIdentity, asksForIdentity, type Identity, type Tenant } from './identity.ts';
import type { PrefectClient } from './prefect-client.ts';
import { type SplitDocument, splitDocument } from './split-document.ts';

export interface AnswererOptions {
  readonly tenant: Tenant;
  /** Undefined if API_SERVICE_URL is not set. */
  readonly askPrefect: PrefectClient | undefined;
  readonly mergeAnswers: MergeAnswers;
  /** Whether the allowed documents of a batch are answered if others are forbidden. */
  readonly splitsBatches: boolean;
}

/** A GraphQL request that the service answers itself, with a decision for each of its documents. */
export interface Answerable {
  readonly principal: Principal;
  readonly isBatch: boolean;
  readonly documents: readonly AnswerableDocument[];
}

interface AnswerableDocument extends SplitDocument {
  readonly item: GraphqlItem;
  readonly decision: Decision;
}

export interface GraphqlAnswer {
  readonly status: number;
  /** JSON. */
  readonly body: string | Buffer;
}

export type Answerer = ReturnType<typeof createAnswerer>;

/**
 * In characters, of all documents of a request that we answer in part. A client asks for its own identity in a few lines.
 * Splitting and answering a document costs more than judging it, and grows with the square of its length.
 */
const LONGEST_OWN = 1_000;
const OWN_OPERATIONS: readonly Operation[] = ['query/auth_info', 'query/tenant'];
const NOTHING_ASKED = { status: 200, answer: undefined };
const PREFECT_IS_DOWN: GraphqlAnswer = { status: 502, body: '{"detail":"Prefect did not answer."}' };

export function createAnswerer({ tenant, askPrefect, mergeAnswers, splitsBatches }: AnswererOptions) {
  function splitAll(items: readonly GraphqlItem[]): SplitDocument[] {
    let left = LONGEST_OWN;
    return items.map((item) => {
      const { length } = item.query;
      if (length > left || !mayAskUs(item.operations))
        return { own: undefined, rest: item.query, ownKeys: new Set<string>() };
      left -= length;
      return split(item);
    });
  }

  function split(item: GraphqlItem): SplitDocument {
    const variables = toVariables(item.variables);
    return splitDocument(item.query, item.operationName, (field) => asksForIdentity(field, variables, tenant));
  }

  function asksUs({ own, rest }: SplitDocument): boolean {
    return own !== undefined && (rest === undefined || askPrefect !== undefined);
  }

  /** The request, if Prefect cannot answer it: it asks for the caller's identity, or is a batch to be split. */
  function toAnswerable({ decision, principal, request }: Verdict): Answerable | undefined {
    if (principal === undefined || request?.graphql === undefined) return undefined;
    const { isBatch, items } = request.graphql;
    const isToBeSplit = isBatch && splitsBatches && askPrefect !== undefined;
    const isRefusedInPart = decision.outcome === 'deny' && decision.reason === 'insufficient_scope' && isToBeSplit;
    if (decision.outcome === 'deny' ? !isRefusedInPart : !mayAskUs(request.operations)) return undefined;
    const parts = splitAll(items);
    const documents = items.map((item, at) => ({
      item,
      decision: decide(principal.policy, toRequest(item)),
      ...(parts[at] as SplitDocument),
    }));
    if (!isRefusedInPart && !documents.some(asksUs)) return undefined;
    return { principal, isBatch, documents };
  }

  /** @param headers are sent to Prefect with the rest of the documents */
  async function answer(
    { principal, isBatch, documents }: Answerable,
    headers: Readonly<Record<string, string>>,
  ): Promise<GraphqlAnswer> {
    const identity = { tenant, userId: principal.userId };
    const forwarded = documents.flatMap(({ item, decision, rest }) =>
      decision.outcome === 'allow' && rest !== undefined ? [toForwarded(item, rest)] : [],
    );
    const prefect = forwarded.length === 0 ? NOTHING_ASKED : await askPrefect?.(forwarded, { isBatch, headers });
    if (prefect === undefined) return PREFECT_IS_DOWN;
    const parts = documents.map((document) => toPart(document, identity));
    const body = await mergeAnswers({ isBatch, parts }, prefect.answer, principal.userId);
    return body === undefined ? PREFECT_IS_DOWN : { status: isBatch ? 200 : prefect.status, body };
  }

  return { toAnswerable, answer };
}

function mayAskUs(operations: readonly Operation[]): boolean {
  return operations.some((operation) => OWN_OPERATIONS.includes(operation));
}

function toRequest(item: GraphqlItem): AccessRequest {
  return { operations: item.operations, graphql: { isBatch: false, items: [item] } };
}

function toForwarded({ operationName, variables }: GraphqlItem, query: string) {
  return { query, operationName, variables };
}

function toRefusal(message: string): GraphqlResult {
  return { data: null, errors: [{ message, extensions: { code: 'FORBIDDEN' } }] };
}

function toPart({ item, decision, own, rest, ownKeys }: AnswerableDocument, identity: Identity): AnswerPart {
  if (decision.outcome === 'deny') return { own: toRefusal(decision.message), ownKeys: [], isForwarded: false };
  const isForwarded = rest !== undefined;
  if (own === undefined) return { ownKeys: [], isForwarded };
  // The result may be sent to a thread, so it contains errors as they are answered, not as Error objects.
  const result = JSON.parse(JSON.stringify(answerIdentity(own, item, identity)));
  return { own: result, ownKeys: [...ownKeys], isForwarded };
}
