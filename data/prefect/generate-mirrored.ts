/*
 * Writes which requests nginx mirrors the body of, from reviewed.json into nginx/prefect-auth/locations.conf.
 *
 *     node data/prefect/generate-mirrored.ts
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prefectVersions } from '../../src/requests/rest/prefect-routes.ts';
import { withMirroredPaths } from '../../test/support/prefect/mirrored-locations.ts';

const conf = join(import.meta.dirname, '../../nginx/prefect-auth/locations.conf');
writeFileSync(conf, withMirroredPaths(readFileSync(conf, 'utf8'), Object.values(prefectVersions).flat()));
