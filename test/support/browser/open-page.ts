import type { ExecutionContext } from 'ava';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { failOnViolations } from './content-policy.ts';

interface Opening {
  /** Which of Prefect 3's two user interfaces the page at `url` shows. */
  readonly chosen?: { readonly url: string; readonly version: string };
  /** What the browser's user types when it asks. */
  readonly httpCredentials?: BrowserContextOptions['httpCredentials'];
}

/** A page of a fresh browser; it goes with the test, which fails if Prefect's content policy kept something from it. */
export async function openPage(
  t: Pick<ExecutionContext, 'teardown'>,
  browser: Browser,
  { chosen, httpCredentials }: Opening,
): Promise<Page> {
  const context = await browser.newContext({
    ignoreHTTPSErrors: true,
    viewport: { width: 1280, height: 900 },
    ...(httpCredentials && { httpCredentials }),
  });
  t.teardown(() => context.close());
  if (chosen) await context.addCookies([{ name: 'prefect_ui_version', value: chosen.version, url: chosen.url }]);
  context.setDefaultTimeout(90_000);
  const page = await context.newPage();
  failOnViolations(t, page);
  return page;
}
