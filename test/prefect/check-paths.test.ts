import test, { type ExecutionContext } from 'ava';
import { checkPrefectPaths } from '../../src/prefect/check-paths.ts';
import { type PrefectAddress, readPrefectAddress } from '../../src/prefect/prefect-address.ts';
import { startRecorder } from '../nginx/recorder.ts';

/** What Prefect 3 answers at these paths, as it was seen; every other path is not found. */
async function check(
  t: ExecutionContext,
  answers: Readonly<Record<string, unknown>>,
  { uiBasePath = '', path = '' } = {},
) {
  const prefect = await startRecorder(({ target }) =>
    target in answers
      ? { status: 200, body: JSON.stringify(answers[target]) }
      : { status: 404, body: '{"detail":"Not Found"}' },
  );
  t.teardown(() => prefect.stop());
  return checkPrefectPaths({ prefect: addressOf(`http://${prefect.address}${path}`), apiBasePath: '/api', uiBasePath });
}

function addressOf(url: string): PrefectAddress {
  const address = readPrefectAddress(url, '/api');
  if (address === undefined) throw new Error('There is none.');
  return address;
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
    /does not serve its API at \/api, where API_SERVICE_URL and API_BASE_PATH say.*look for its API at \/custom-api/,
  );
  const pages = await check(t, { '/api/health': true, '/prefect/ui-settings': { api_url: '/api' } });
  t.regex(pages?.UI_BASE_PATH ?? '', /does not serve its pages where UI_BASE_PATH says \(\/\)/);
  t.is(
    (await check(t, { '/api/health': true, '/prefect/ui-settings': { api_url: '/api' } }, { uiBasePath: '/prefect' }))
      ?.UI_BASE_PATH,
    undefined,
  );
});

test('who is no Prefect 2 or 3, or does not answer, says nothing', async (t) => {
  t.is(await check(t, {}), undefined);
  t.is(await check(t, { '/openapi.json': { info: { title: 'Another' } }, '/ui-settings': 'page' }), undefined);
  const paths = { prefect: addressOf('http://127.0.0.1:1'), apiBasePath: '/api', uiBasePath: '' };
  t.is(await checkPrefectPaths(paths), undefined);
});

test('a path in API_SERVICE_URL is no problem if API_BASE_PATH or the pages say the same as clients do', async (t) => {
  const there = { '/team/api/health': true };
  const pages = await check(t, { ...there, '/ui-settings': { api_url: '/api' } }, { path: '/team/api' });
  t.is(pages?.API_BASE_PATH, undefined);
  t.is((await check(t, { '/api/health': true }, { path: '/api' }))?.API_BASE_PATH, undefined);
  const silent = await check(t, there, { path: '/team/api' });
  t.regex(silent?.API_BASE_PATH ?? '', /API_SERVICE_URL has Prefect's API at \/team\/api, and API_BASE_PATH is \/api/);
  const gone = await check(t, { '/openapi.json': openapi, '/api/health': true }, { path: '/team/api' });
  t.regex(gone?.API_BASE_PATH ?? '', /does not serve its API at \/team\/api/);
});
