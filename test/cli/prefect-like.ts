import { type Recorder, startRecorder } from '../nginx/recorder.ts';

/** Answers as Prefect does, as far as the doctor looks; the end-to-end tests ask the real one. */
export function startPrefectLike(base: string): Promise<Recorder> {
  const wrong = { status: 405, body: '{"detail":"Method Not Allowed"}' };
  return startRecorder(({ method, target, body }) => {
    if (target === `${base}/admin/version`) return { status: 200, body: '"3.9.1"' };
    if (target === '/' || target === '/ui-settings') return { status: 200, body: `{"api_url":"${base}","auth":null}` };
    if (!target.startsWith(base)) return { status: 404, body: '{"detail":"Not Found"}' };
    if (method !== 'POST' || !target.endsWith('/filter')) return wrong;
    const isNumber = typeof JSON.parse(`${body}`).limit === 'number';
    return isNumber ? { status: 200, body: '[]' } : { status: 422, body: '{"detail":[]}' };
  });
}
