import distance from 'damerau-levenshtein';
import { settings } from './settings.ts';

/** Short names, such as PORT, resemble too many others. */
const SHORTEST = 6;
const MOST_STEPS = 2;

/**
 * One sentence for each variable whose name resembles a setting. A misspelt setting has no effect: ALLOW_CLEARTEXT_KEY=false
 * would forbid nothing.
 */
export function findMisspeltSettings(environment: Readonly<Record<string, string | undefined>>): string[] {
  const names = Object.entries(settings).flatMap(([name, setting]) =>
    'secret' in setting ? [name, `${name}_FILE`] : [name],
  );
  const long = names.filter((name) => name.length >= SHORTEST);
  return Object.keys(environment)
    .filter((given) => !names.includes(given))
    .flatMap((given) => {
      const near = long.find((name) => distance(given, name).steps <= MOST_STEPS);
      return near === undefined ? [] : [`${given} is not a setting; did you mean ${near}?`];
    });
}
