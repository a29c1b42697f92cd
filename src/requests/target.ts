import { type Denial, deny, isDenial } from '../authorization/denial.ts';
import { hasManyParameters, TOO_MANY_PARAMETERS } from './query-string.ts';

/** In characters, as the path is written. By default nginx accepts no longer one. */
const LONGEST_PATH = 8 * 1024;

/** A request target that every server reads alike. */
export interface Target {
  /** The path, percent-decoded once, as uvicorn decodes it. */
  readonly path: string;
  /** The text after the first `?`, still encoded; empty without one. */
  readonly query: string;
}

/**
 * Reads nginx's raw `$request_uri`. nginx matches locations on a normalised path and passes the raw one on; uvicorn decodes
 * it once and collapses nothing. A target that the two could read as different paths is refused, and never normalised.
 * `new URL()` would read an authority in `//host/x`, so the text is split by hand.
 */
export function readTarget(raw: string): Target | Denial {
  const parts = takeApart(raw);
  if (isDenial(parts)) return parts;
  const { encodedPath, path, query } = parts;
  const ambiguity = findAmbiguity(encodedPath, path);
  return ambiguity === undefined ? { path, query } : ambiguous(ambiguity);
}

/**
 * Reads a target again, and also accepts what Prefect reads in names: escapes of dots, backslashes, percent signs and control
 * characters. It still refuses an escaped slash, which ends a name all the same; dot segments, which clients and proxies resolve;
 * and line breaks, since in Python `$` matches before one.
 */
export function readNamingTarget(raw: string): Target | undefined {
  const parts = takeApart(raw);
  if (isDenial(parts)) return undefined;
  const { encodedPath, path, query } = parts;
  if (/\\|%2f/i.test(encodedPath) || /\/\/|[\0\r\n]/.test(path) || hasDotSegment(path)) return undefined;
  return { path, query };
}

interface Parts extends Target {
  readonly encodedPath: string;
}

function takeApart(raw: string): Parts | Denial {
  if (!raw.startsWith('/')) return ambiguous('does not begin with a slash');
  if (!/^[!-~]*$/.test(raw)) return ambiguous('has characters that must be percent-encoded');
  if (raw.includes('#')) return ambiguous('has a fragment (#)');
  const queryStart = raw.indexOf('?');
  const encodedPath = queryStart < 0 ? raw : raw.slice(0, queryStart);
  const query = queryStart < 0 ? '' : raw.slice(queryStart + 1);
  if (encodedPath.length > LONGEST_PATH) {
    return deny('unreadable_request', `The request's path has more than ${LONGEST_PATH} characters.`);
  }
  if (hasManyParameters(query)) return TOO_MANY_PARAMETERS;
  const path = decode(encodedPath);
  return path === undefined ? ambiguous('is not percent-encoded UTF-8') : { encodedPath, path, query };
}

/** The rest of a path below a base path, with its leading slash; undefined if the path is not below it. */
export function pathBelow(basePath: string, path: string): string | undefined {
  return path.startsWith(basePath) && path[basePath.length] === '/' ? path.slice(basePath.length) : undefined;
}

/** Stricter than Python's unquote: undefined for broken escapes and for bytes that are not UTF-8. */
function decode(encodedPath: string): string | undefined {
  if (!encodedPath.includes('%')) return encodedPath;
  try {
    return decodeURIComponent(encodedPath);
  } catch {
    return undefined;
  }
}

function findAmbiguity(encodedPath: string, path: string): string | undefined {
  return findAmbiguousEscape(encodedPath, path) ?? findAmbiguousSegment(path);
}

function findAmbiguousSegment(path: string): string | undefined {
  if (path.includes('\\')) return 'has a backslash';
  if (path.includes('//')) return 'has an empty segment (//)';
  return hasDotSegment(path) ? 'has a dot segment' : undefined;
}

function hasDotSegment(path: string): boolean {
  return /\/\.{1,2}(?:\/|$)/.test(path);
}

function findAmbiguousEscape(encodedPath: string, path: string): string | undefined {
  if (path === encodedPath) return undefined; // without a single escape
  if (/%2f/i.test(encodedPath)) return 'has an encoded slash (%2F)';
  if (/%2e/i.test(encodedPath)) return 'has an encoded dot (%2E)';
  if (/\p{Cc}/u.test(path)) return 'has a control character';
  // A lone percent sign is part of a name (the tag "50%"). One that decodes again is not.
  if (/%[0-9a-f]{2}/i.test(path)) return 'is percent-encoded twice';
  return undefined;
}

function ambiguous(problem: string): Denial {
  return deny('ambiguous_path', `The request's path ${problem}; send the plain path.`);
}
