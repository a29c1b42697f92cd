import type { ExecutionContext } from 'ava';
import type { Page } from 'playwright-core';

/**
 * Fails the test when the browser kept the page from doing something because of the policy that came with it
 * (Content-Security-Policy). That v2 tells Amplitude what people do is kept from it, and nobody misses that.
 */
export function failOnViolations(t: Pick<ExecutionContext, 'teardown'>, page: Page): void {
  const violations: string[] = [];
  page.on('console', (message) => {
    const text = message.text();
    if (/Content Security Policy/i.test(text) && !text.includes('amplitude.com')) violations.push(text);
  });
  t.teardown(() => {
    if (violations.length > 0) throw new Error(violations.join('\n'));
  });
}
