/** Where the service itself reaches Prefect. */
export interface PrefectAddress {
  /** Scheme, host and port; Prefect's pages lie below it, at UI_BASE_PATH. */
  readonly origin: string;
  /** The REST API of Prefect 2 and 3, without a slash at its end. */
  readonly api: string;
  /** Prefect 1's GraphQL; its server answers on every path. */
  readonly graphql: string;
}

/**
 * Only this function reads API_SERVICE_URL. Its path is that of the API; if it has none, API_BASE_PATH is.
 *
 * @returns undefined if API_SERVICE_URL is not set
 */
export function readPrefectAddress(url: string | undefined, apiBasePath: string): PrefectAddress | undefined {
  if (url === undefined) return undefined;
  const { origin, pathname } = new URL(url);
  return { origin, api: origin + (pathname.replace(/\/+$/, '') || apiBasePath), graphql: url };
}
