import { relative } from 'node:path';
import type { PrefectInstallation } from '../support/servers/prefect.ts';

interface DemoFacts {
  readonly url: string;
  /** Paths are relative to the project's folder. */
  readonly certificate: string;
  readonly dataDir: string;
  readonly ownerKey: string;
  readonly viewerKey: string;
  /** Undefined where another upstream is guarded. */
  readonly prefect: PrefectInstallation | undefined;
}

/** What a person needs to try the gate: the address, two keys, and lines to paste. */
export function describeDemo(facts: DemoFacts): string {
  const { url, certificate, dataDir, ownerKey, viewerKey, prefect } = facts;
  return `
${prefect ? `Prefect ${prefect.version}` : 'The upstream'} is guarded. The way in is nginx:

    ${url}

    olivia's key   ${ownerKey}   role owner: everything
    victor's key   ${viewerKey}   role viewer: looks, and changes nothing

In a browser, sign in with one of these keys as the password (the certificate is self-made, so it warns).
In another terminal, in this folder:

    GATE=${url} CA=${certificate}
    OWNER=${ownerKey}
    VIEWER=${viewerKey}
    create() { curl --cacert $CA -H 'Content-Type: application/json' -d "{\\"name\\": \\"pool-$RANDOM\\"}" $GATE/api/work_pools/ "$@"; echo; }

    # refused, 401: who is it?
    curl --cacert $CA $GATE/api/admin/version
    # allowed: a viewer may look
    curl --cacert $CA -H "Authorization: Bearer $VIEWER" $GATE/api/admin/version
    # refused, 403: a viewer may not create a work pool; the answer says which scope is missing
    create -H "Authorization: Bearer $VIEWER"
    # allowed: an owner may
    create -H "Authorization: Bearer $OWNER"
${prefect ? describePrefectPrograms(prefect) : ''}
    # a key for somebody else
    DATA_DIR=${dataDir} npm run --silent prefect-auth -- keys create --user alice --role runner --expires 30d

Below is the audit trail: every refusal, and every change that was allowed. Ctrl-C stops everything.
`;
}

function describePrefectPrograms(prefect: PrefectInstallation): string {
  const program = (name: string): string => relative('.', prefect.program(name));
  return `
    # Prefect's own programs, unchanged; with $VIEWER in place of $OWNER, see what they say
    export PREFECT_API_URL=$GATE/api PREFECT_API_SSL_CERT_FILE=$CA
    export PREFECT_CLIENT_CUSTOM_HEADERS="{\\"Authorization\\": \\"Bearer $OWNER\\"}"
    ${program('prefect')} work-pool ls
    ${program('python')} test/e2e/flows/three_tasks.py
`;
}
