import type { Answer } from './doctor-ask.ts';

/** What an answer shows of the gate that it came through. */
export type Judgement =
  /** The request reached the server behind the gate. */
  | { readonly kind: 'let-in' }
  /** prefect-auth refused it, with the code of the reason and a message for people. */
  | { readonly kind: 'refused'; readonly reason: string; readonly message: string }
  /** Something else refused it: a password, a sign-in or a list of addresses before prefect-auth. */
  | { readonly kind: 'refused-by-other'; readonly by: string }
  /** It was redirected, most likely to a sign-in. */
  | { readonly kind: 'redirected'; readonly to: string }
  /** It could not be served just now. */
  | { readonly kind: 'fault'; readonly message: string };

export function judge({ status, headers, body }: Answer, path: string): Judgement {
  const detail = readDetail(body);
  const [, reason, message] = /^([a-z_]+); (.*)$/s.exec(detail ?? '') ?? [];
  if (status >= 400 && reason !== undefined && status !== 503) {
    return { kind: 'refused', reason, message: message ?? '' };
  }
  if (status === 401 || status === 403)
    return { kind: 'refused-by-other', by: describe(headers['www-authenticate'], body) };
  if (status >= 300 && status < 400 && !isOtherSlash(headers.location, path)) {
    return { kind: 'redirected', to: headers.location ?? 'nowhere' };
  }
  if (status === 429 || status >= 500) return { kind: 'fault', message: detail ?? `status ${status}` };
  return { kind: 'let-in' };
}

/** The judgement in words. */
export function toText(judgement: Judgement, { status }: Answer): string {
  if (judgement.kind === 'let-in') return `answered (${status})`;
  if (judgement.kind === 'refused') return `refused: ${judgement.reason}; ${judgement.message}`;
  if (judgement.kind === 'refused-by-other') return `refused (${status}) by ${judgement.by}`;
  return judgement.kind === 'redirected' ? `sent to ${judgement.to}` : `not served: ${judgement.message}`;
}

/** Every refusal of ours is JSON, `{"detail": "<reason>; ..."}`. */
function readDetail(body: string): string | undefined {
  try {
    const { detail } = JSON.parse(body) as { detail?: unknown };
    return typeof detail === 'string' ? detail : undefined;
  } catch {
    return undefined;
  }
}

function describe(challenge: string | undefined, body: string): string {
  if (body.includes('"exception_message"')) return 'Prefect itself: unset its PREFECT_SERVER_API_AUTH_STRING';
  if (challenge === undefined) return 'something else than prefect-auth: a list of addresses, or a sign-in';
  return `something else than prefect-auth, which asks for "${challenge.slice(0, 80)}" (auth_basic?)`;
}

/** Prefect itself redirects `/flows` to `/flows/`, and the other way round. */
function isOtherSlash(location: string | undefined, path: string): boolean {
  const to = location === undefined ? '' : new URL(location, 'http://host').pathname;
  const from = path.split('?', 1)[0] ?? '';
  return to === `${from}/` || `${to}/` === from;
}
