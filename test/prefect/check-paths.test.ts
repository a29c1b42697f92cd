import test, { type ExecutionContext } from 'ava';
import { checkPrefectPaths } from '../../src/prefect/check-paths.ts';
import { startRecorder } from '../nginx/recorder.ts';

/** What Prefect 3 answers at these paths, as it was seen; every other path is not found. */
async function check(t: ExecutionContext, answers: Readonly<Record<string, unknown>>, uiBasePath = '') {
  const prefect = await startRecorder(({ target }) =>
    target in answers
      ? { status: 200, body: JSON.stringify(answers[target]) }
      : { status: 404, body: '{"detail":"Not Found"}' },
  );
  t.teardown(() => prefect.stop());
  return checkPrefectPaths({ prefectUrl: `http://${prefect.address}`, apiBasePath: '/api', uiBasePath });
}

const openapi = { info: { title: 'Prefect REST API' } };

test('a Prefect that lies where the settings say is no problem', async (t) => {
  for (const api_url of ['/api', 'http://127.0.0.1:4200/api', 'https://prefect.example.com/api/'])
    t.deepEqual(await check(t, { '/api/health': true, '/ui-settings': { api_url } }), {
      API_BASE_PATH: undefined,
      UI_BASE_PATH: undefined,
    });
});

test('an API or pages elsewhere are told, with the setting', async (t) => {
  const api = await check(t, {
    '/custom-api/health': true,
    '/openapi.json': openapi,
    '/ui-settings': { api_url: '/custom-api' },
  });
  t.regex(
    api?.API_BASE_PATH ?? '',
    /does not serve its API where API_BASE_PATH says \(\/api\).*look for its API at \/custom-api/,
  );
  const pages = await check(t, { '/api/health': true, '/prefect/ui-settings': { api_url: '/api' } });
  t.regex(pages?.UI_BASE_PATH ?? '', /does not serve its pages where UI_BASE_PATH says \(\/\)/);
  t.is(
    (await check(t, { '/api/health': true, '/prefect/ui-settings': { api_url: '/api' } }, '/prefect'))?.UI_BASE_PATH,
    undefined,
  );
});

test('who is no Prefect 2 or 3, or does not answer, says nothing', async (t) => {
  t.is(await check(t, {}), undefined);
  t.is(await check(t, { '/openapi.json': { info: { title: 'Another' } }, '/ui-settings': 'page' }), undefined);
  const paths = { prefectUrl: 'http://127.0.0.1:1', apiBasePath: '/api', uiBasePath: '' };
  t.is(await checkPrefectPaths(paths), undefined);
});
