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
  /** The location that asked speaks GraphQL on every path (Prefect 1's own host). */
  readonly isGraphqlHost: boolean;
  readonly contentType: string | undefined;
  readonly contentEncoding: string | undefined;
  /** The client's Content-Length, as text; undefined where it sent none (a chunked body). */
  readonly contentLength: string | undefined;
  /** The mirrored body; undefined where nginx shows none. */
  readonly body: Buffer | undefined;
}

/** What a request would do. Every operation has to be covered; an empty list is a denial. */
export interface AccessRequest {
  readonly operations: readonly Operation[];
  /** The method and the decoded path without its query, for scopes that are written as paths. GraphQL has none. */
  readonly rest?: { readonly method: string; readonly path: string };
  /** Those of the operations that a field, or a document in the URL, asks for beside the route's own. */
  readonly asides?: Asides;
  /** What the path names, for scopes with conditions. */
  readonly named?: () => readonly NamedObject[];
  /** The same by the names that conditions are about, once somebody has looked them up. */
  readonly objects?: readonly PrefectObject[];
  readonly graphql?: {
    /** The body is an array, and the answer has to be one. */
    readonly isBatch: boolean;
    readonly items: readonly GraphqlItem[];
  };
}

/** What can be told of a request without its body, and without a document in its URL: both take time to read. */
export interface Preview {
  /** What it would do at least. */
  readonly request: AccessRequest;
  /** Whether it asks Prefect 1 by GraphQL, of which the path tells nothing. */
  readonly isGraphql: boolean;
  /** Whether that is all: nothing else of the request matters. */
  readonly isWhole: boolean;
  /** Bytes of its body that are read at most. */
  readonly maxBytes: number;
}

/** One document as a client sends it, and what it would do. */
export interface GraphqlItem {
  readonly operations: readonly Operation[];
  readonly query: string;
  readonly operationName: string | undefined;
  /** As sent: Prefect 1's command line sends a text that holds JSON, its UI an object. */
  readonly variables: unknown;
  /** As the audit trail shows them, where somebody has worked it out already. */
  readonly shownVariables?: string;
}
