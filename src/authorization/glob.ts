/**
 * Whether the whole text matches the pattern. A `*` matches any run of characters, even an empty one.
 * Greedy with one step of backtracking, so that no pattern costs more than pattern × text.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  let patternAt = 0;
  let textAt = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (textAt < text.length) {
    if (pattern[patternAt] === '*') {
      starAt = patternAt++;
      resumeAt = textAt;
    } else if (patternAt < pattern.length && pattern[patternAt] === text[textAt]) {
      patternAt++;
      textAt++;
    } else if (starAt >= 0) {
      patternAt = starAt + 1;
      textAt = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[patternAt] === '*') patternAt++;
  return patternAt === pattern.length;
}
