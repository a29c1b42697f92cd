import { requirePrograms } from '../support/install/install.ts';
import { programs } from '../support/install/programs.ts';
import { missingForPython } from '../support/install/python.ts';

/**
 * Everything that the demo needs of this machine, together and first: whoever lacks something learns of all of it before
 * anything is downloaded or started.
 */
export async function requireNeeds(
  { installsPrefect }: { installsPrefect: boolean },
  { require = requirePrograms, missing = missingForPython } = {},
): Promise<void> {
  require(...programs.nginx, ...(installsPrefect ? await missing() : []));
}
