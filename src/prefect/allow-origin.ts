import { LRUCache } from 'lru-cache';
import type { PrefectAddress } from './prefect-address.ts';

/** The headers by which Prefect lets the pages of an origin read its answers. */
export type CorsHeaders = Readonly<Record<string, string>>;

/** What Prefect allows an origin; empty if Prefect does not answer. */
export type AllowOrigin = (origin: string) => Promise<CorsHeaders>;

const ORIGIN = /^https?:\/\/[A-Za-z0-9._:[\]-]{1,253}$/;
const TOLD = ['access-control-allow-origin', 'access-control-allow-credentials', 'vary'];
const NOTHING: CorsHeaders = {};
const MOST_ORIGINS = 1_000;
const TTL_MS = 60_000;
/** How long a refusal waits for Prefect, and how many such requests run at the same time, as any client can cause them. */
const TIMEOUT_MS = 1_000;
const MOST_AT_ONCE = 4;

/** Asks Prefect itself, so that exactly those pages can read a refusal that could read an answer. */
export function createAllowOrigin(prefect: PrefectAddress | undefined): AllowOrigin {
  if (prefect === undefined) return async () => NOTHING;
  const url = `${prefect.api}/health`;
  const known = new LRUCache<string, Promise<CorsHeaders>>({ max: MOST_ORIGINS, ttl: TTL_MS });
  let running = 0;

  async function ask(origin: string): Promise<CorsHeaders> {
    running++;
    try {
      const answer = await fetch(url, {
        headers: { Origin: origin },
        signal: AbortSignal.timeout(TIMEOUT_MS),
        redirect: 'manual',
      });
      await answer.body?.cancel();
      const allowed = answer.headers.get('access-control-allow-origin');
      if (allowed !== '*' && allowed !== origin) return NOTHING;
      return Object.fromEntries(
        TOLD.flatMap((name) => (answer.headers.has(name) ? [[name, answer.headers.get(name) ?? '']] : [])),
      );
    } catch {
      known.delete(origin);
      return NOTHING;
    } finally {
      running--;
    }
  }

  return async function allowOrigin(origin) {
    if (!ORIGIN.test(origin)) return NOTHING;
    const asked = known.get(origin);
    if (asked !== undefined) return asked;
    if (running >= MOST_AT_ONCE) return NOTHING;
    const asking = ask(origin);
    known.set(origin, asking);
    return asking;
  };
}
