import type { Asides } from './aside.ts';
import type { NamedObject, PrefectObject } from './objects.ts';
import type { Operation } from './operation.ts';

/** What nginx saw, as plain values; `http/original-request.ts` reads it from the subrequest. */
export interface OriginalRequest {
  readonly method: string;
  /** `$request_uri`, raw: still encoded, with its query. */
  readonly target: string;
  /** Whether the client asks to upgrade to a WebSocket. */
  readonly isWebSocket: boolean;
  /** Whether the nginx location speaks GraphQL on every path (Prefect 1's own host). */
  readonly isGraphqlHost: boolean;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** The client's Content-Length, as text; undefined if it sent none (a chunked body). */
  readonly contentLength: string | undefined;
  /** The mirrored body; undefined if nginx sends none. */
  readonly body: Buffer | undefined;
}

/** What a request would do. Every operation has to be covered; an empty list is a denial. */
export interface AccessRequest {
  readonly operations: readonly Operation[];
  /** The method and the decoded path without its query, for scopes that are written as paths. GraphQL has none. */
  readonly rest?: { readonly method: string; readonly path: string };
  /** The operations that a field, or a document in the URL, asks for beside the route's own. */
  readonly asides?: Asides;
  /** What the path names, for scopes with conditions. */
  readonly named?: () => readonly NamedObject[];
  /** The same objects by the names that conditions use, once they have been looked up. */
  readonly objects?: readonly PrefectObject[];
  readonly graphql?: {
    /** Whether the body is an array; the answer then has to be an array too. */
    readonly isBatch: boolean;
    readonly items: readonly GraphqlItem[];
  };
}

/** What is known of a request before its body and a document in its URL are read. Both take time. */
export interface Preview {
  /** What the request would do at least. */
  readonly request: AccessRequest;
  /** Whether it is GraphQL for Prefect 1, whose path says nothing about the operations. */
  readonly isGraphql: boolean;
  /** Whether the preview is complete: the rest of the request does not matter. */
  readonly isWhole: boolean;
  /** The most bytes of its body that are read. */
  readonly maxBytes: number;
}

/** One document as a client sends it, and what it would do. */
export interface GraphqlItem {
  readonly operations: readonly Operation[];
  readonly query: string;
  readonly operationName: string | undefined;
  /** As sent: Prefect 1's command line sends JSON in a text, its UI an object. */
  readonly variables: unknown;
  /** The variables as the audit trail shows them, if that text has been made already. */
  readonly shownVariables?: string;
}
