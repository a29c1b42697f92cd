import { KeyProblem } from '../keys/key-problem.ts';

/** The most that a column can have: characters, not UTF-16 units. */
export const MOST_CHARACTERS = { name: 128, scopes: 2000, description: 500 } as const;

const CONTROL_CHARACTER = /\p{Cc}/u;

/** Checks a text on its way into the database: it is refused, with the name of its field, if it would not come back unchanged. */
export function checkText(field: string, text: string, most: number): string {
  const problem = findProblem(text, most);
  if (problem !== undefined) throw new KeyProblem('invalid', `The ${field} ${problem}.`);
  return text;
}

/** Like checkText, for names that identify: some databases treat `alice` and `alice ` as the same. */
export function checkName(field: string, text: string): string {
  if (text === '') throw new KeyProblem('invalid', `The ${field} is empty.`);
  if (text.trim() !== text) throw new KeyProblem('invalid', `The ${field} begins or ends with a space.`);
  return checkText(field, text, MOST_CHARACTERS.name);
}

function findProblem(text: string, most: number): string | undefined {
  if (!text.isWellFormed()) return 'is not well-formed Unicode';
  if (CONTROL_CHARACTER.test(text)) return 'holds a control character';
  const length = [...text].length;
  return length > most ? `has ${length} characters; the most is ${most}` : undefined;
}
