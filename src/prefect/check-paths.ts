import { z } from 'zod';

/** Where the gate believes Prefect's parts to be. */
export interface PrefectPaths {
  /** API_SERVICE_URL, of which only the origin counts. */
  readonly prefectUrl: string;
  readonly apiBasePath: string;
  readonly uiBasePath: string;
}

/** What is wrong with which setting, if anything. */
export interface PathProblems {
  readonly API_BASE_PATH: string | undefined;
  readonly UI_BASE_PATH: string | undefined;
}

const TIMEOUT_MS = 3_000;

const openapi = z.object({ info: z.object({ title: z.string().includes('Prefect') }) });
const uiSettings = z.object({ api_url: z.string() });

/**
 * Compares these paths with what Prefect says of itself. Undefined where it says nothing: it is not there, or is a Prefect 1.
 * Nothing is open meanwhile: what is not known to be public is asked about, whatever its path.
 */
export async function checkPrefectPaths(paths: PrefectPaths): Promise<PathProblems | undefined> {
  const { prefectUrl, apiBasePath, uiBasePath } = paths;
  const { origin } = new URL(prefectUrl);
  try {
    const isApi = (await readJson(`${origin}${apiBasePath}/health`)) === true;
    if (!isApi && !openapi.safeParse(await readJson(`${origin}/openapi.json`)).success) return undefined;
    const settings = uiSettings.safeParse(await readJson(`${origin}${uiBasePath}/ui-settings`));
    const asked = settings.success ? pathOf(settings.data.api_url) : undefined;
    return {
      API_BASE_PATH: problemOfApi(apiBasePath, isApi, asked),
      UI_BASE_PATH: settings.success
        ? undefined
        : `Prefect does not serve its pages where UI_BASE_PATH says (${uiBasePath || '/'}): there is no ${uiBasePath}/ui-settings (PREFECT_UI_SERVE_BASE).`,
    };
  } catch {
    return undefined;
  }
}

/** @param asked where Prefect's pages ask for its API */
function problemOfApi(apiBasePath: string, isApi: boolean, asked: string | undefined): string | undefined {
  const isElsewhere = asked !== undefined && asked !== apiBasePath;
  if (isApi && !isElsewhere) return undefined;
  const found = isApi ? '' : `Prefect does not serve its API where API_BASE_PATH says (${apiBasePath}). `;
  const pages = isElsewhere
    ? `Prefect's pages look for its API at ${asked}, and API_BASE_PATH is ${apiBasePath}. `
    : '';
  return `${found}${pages}Whatever lies elsewhere is refused to all but wildcards. Let PREFECT_SERVER_API_BASE_PATH, PREFECT_UI_API_URL and API_BASE_PATH say the same.`;
}

function pathOf(url: string): string | undefined {
  return URL.canParse(url, 'http://localhost')
    ? new URL(url, 'http://localhost').pathname.replace(/\/$/, '')
    : undefined;
}

/** Undefined where the answer is no JSON. Rejects where there is none. */
async function readJson(url: string): Promise<unknown> {
  const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS), redirect: 'manual' });
  const text = await response.text();
  if (!response.ok) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
