import { type Browser, chromium } from 'playwright-core';
import { findProgram, requirePrograms } from '../install/install.ts';

/** Starts Debian's Chromium, headless; nothing but the loopback can be reached with it. */
export async function startChromium(): Promise<Browser> {
  requirePrograms({ command: 'chromium', package: 'chromium' });
  const executablePath = findProgram('chromium');
  if (!executablePath) throw new Error('chromium is installed but not on the PATH.');
  const onlyLoopback = '--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1';
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', onlyLoopback],
  });
}
