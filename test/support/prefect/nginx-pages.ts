import type { PrefectPages } from './prefect-pages.ts';

/** nginx/prefect-auth/pages.conf */
export function toNginxPages({ files, pages }: PrefectPages): string {
  const lines = [...files, ...pages].map((pattern) => `    ${toKey(pattern)} 1;`);
  return `# Made from data/prefect/pages.json by data/prefect/generate-pages.ts: the files of Prefect's own pages, and the routes of their
# routers. Nothing but these needs no key. $prefect_auth_page is made in http.conf.
map $prefect_auth_page $prefect_auth_is_page {
    default 0;
${lines.join('\n')}
}
`;
}

function toKey(pattern: string): string {
  if (!pattern.includes('*')) return pattern;
  return `"~^${pattern.replaceAll('.', '\\.').replaceAll('*', '[^/]+')}$"`;
}
