/** How large a GraphQL request may be; the settings GRAPHQL_MAX_* raise them. Prefect's own clients stay below the defaults. */
export interface GraphqlBounds {
  /** GRAPHQL_MAX_BYTES: of the body, or of the query string. Prefect 1's own server stops at 5 MiB. */
  readonly bytes: number;
  /** GRAPHQL_MAX_CHARACTERS: of all documents of one request, without the variables, which contain a flow or its logs. */
  readonly characters: number;
  /** GRAPHQL_MAX_BATCH: documents in one request. Prefect 1's UI sends up to 25. */
  readonly batch: number;
  /** GRAPHQL_MAX_TOKENS: in one request, all its documents together. */
  readonly tokens: number;
  /** GRAPHQL_MAX_DEPTH: selections within selections, fragments counted where they are spread. Prefect 1's own server stops at 7 fields. */
  readonly depth: number;
  /** GRAPHQL_MAX_ROOT_FIELDS: in one request. Prefect 1's UI sends one for each object that is marked in a list. */
  readonly rootFields: number;
  /** GRAPHQL_MAX_ALIASES: in one request, at any depth. */
  readonly aliases: number;
}

export const defaultGraphqlBounds: GraphqlBounds = {
  bytes: 5 * 1024 * 1024,
  characters: 500_000,
  batch: 50,
  tokens: 20_000,
  depth: 30,
  rootFields: 2_000,
  aliases: 2_000,
};
