import { readFileSync } from 'node:fs';
import { join } from 'node:path';

type Variables = Readonly<Record<string, string>>;

/** The bundled server and Prefect 1's own host beside it, as the official nginx image renders them. */
export function renderTemplates(variables: Variables): Record<string, string> {
  return {
    'default.conf': render('templates/default.conf.template', variables),
    'prefect1.conf': render('prefect1/prefect1.conf.template', variables),
  };
}

function render(path: string, variables: Variables): string {
  const template = readFileSync(join(import.meta.dirname, '../../nginx', path), 'utf8');
  const filled = template.replaceAll(/\$\{(\w+)\}/g, (whole, name) => variables[name] ?? whole);
  return filled.replaceAll(' resolve;', ';'); // which Debian's nginx does not know
}
