import { z } from 'zod';
import type { PrefectAddress } from './prefect-address.ts';

/** Where the gate expects Prefect's parts. */
export interface PrefectPaths {
  readonly prefect: PrefectAddress;
  readonly apiBasePath: string;
  readonly uiBasePath: string;
}

/** What is wrong with each setting, if anything. */
export interface PathProblems {
  readonly API_BASE_PATH: string | undefined;
  readonly UI_BASE_PATH: string | undefined;
}

const TIMEOUT_MS = 3_000;

const openapi = z.object({ info: z.object({ title: z.string().includes('Prefect') }) });
const uiSettings = z.object({ api_url: z.string() });

/**
 * Compares these paths with what Prefect says about itself. Undefined if it says nothing: it does not answer, or is a Prefect 1.
 * Nothing is open meanwhile: a request that is not known to be public is decided, whatever its path.
 */
export async function checkPrefectPaths(paths: PrefectPaths): Promise<PathProblems | undefined> {
  const { prefect, apiBasePath, uiBasePath } = paths;
  const { api, origin } = prefect;
  try {
    const isApi = (await readJson(`${api}/health`)) === true;
    if (!isApi && !openapi.safeParse(await readJson(`${origin}/openapi.json`)).success) return undefined;
    const settings = uiSettings.safeParse(await readJson(`${origin}${uiBasePath}/ui-settings`));
    const asked = settings.success ? pathOf(settings.data.api_url) : undefined;
    return {
      API_BASE_PATH: problemOfApi(apiBasePath, { path: new URL(api).pathname, isApi, asked }),
      UI_BASE_PATH: settings.success
        ? undefined
        : `Prefect does not serve its pages where UI_BASE_PATH says (${uiBasePath || '/'}): there is no ${uiBasePath}/ui-settings (PREFECT_UI_SERVE_BASE).`,
    };
  } catch {
    return undefined;
  }
}

interface ApiFinding {
  /** Where the service expects Prefect's API. */
  readonly path: string;
  /** Whether it is there. */
  readonly isApi: boolean;
  /** Where Prefect's pages expect it, if they say so. */
  readonly asked: string | undefined;
}

function problemOfApi(apiBasePath: string, { path, isApi, asked }: ApiFinding): string | undefined {
  const problems = [
    !isApi && `Prefect does not serve its API at ${path}, where API_SERVICE_URL and API_BASE_PATH say.`,
    isApi &&
      asked === undefined &&
      path !== apiBasePath &&
      `API_SERVICE_URL has Prefect's API at ${path}, and API_BASE_PATH is ${apiBasePath}.`,
    asked !== undefined &&
      asked !== apiBasePath &&
      `Prefect's pages look for its API at ${asked}, and API_BASE_PATH is ${apiBasePath}.`,
  ].filter((problem) => problem !== false);
  if (problems.length === 0) return undefined;
  return `${problems.join(' ')} Whatever lies elsewhere is refused to all but wildcards. Let PREFECT_SERVER_API_BASE_PATH, PREFECT_UI_API_URL and API_BASE_PATH say the same.`;
}

function pathOf(url: string): string | undefined {
  return URL.canParse(url, 'http://localhost')
    ? new URL(url, 'http://localhost').pathname.replace(/\/$/, '')
    : undefined;
}

/** Undefined if the answer is an error or not JSON. Rejects if there is no answer. */
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
