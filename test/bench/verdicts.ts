/** How every answer has to be, by what was asked. */
const RIGHT: Readonly<Record<string, readonly string[]>> = {
  allowed: ['200'],
  forbidden: ['403'],
  unknown: ['401'],
  expired: ['401'],
  'revoked-before': ['200'],
  'revoked-meanwhile': ['200', '401'],
  'revoked-after': ['401'],
};

/** While a server is made to fail, nobody who is refused is let in; everyone may be told to come again. */
const FAULT = '503-retry';
export const FAULTS: ReadonlySet<string> = new Set(['database', 'redis', 'kill']);

export interface Verdicts {
  readonly requests: number;
  readonly wrong: number;
  /** The wrong ones of the rolling restart. */
  readonly lostByRolling: number;
  /** Told to come again while a server was made to fail. */
  readonly faults: number;
  /** What the wrong answers were. */
  readonly wrongAnswers: Readonly<Record<string, number>>;
}

/** @param answers how often, by `<what was asked> <phase> <status>` */
export function judgeAnswers(answers: Readonly<Record<string, number>>): Verdicts {
  const all = Object.entries(answers).map(([key, count]) => {
    const [kind = '', phase = '', status = ''] = key.split(' ');
    const isFault = status === FAULT && FAULTS.has(phase);
    return { key, count, phase, isFault, isWrong: !isFault && !RIGHT[kind]?.includes(status) };
  });
  const sum = (some: typeof all) => some.reduce((total, { count }) => total + count, 0);
  const wrong = all.filter(({ isWrong }) => isWrong);
  return {
    requests: sum(all),
    wrong: sum(wrong),
    lostByRolling: sum(wrong.filter(({ phase }) => phase === 'rolling')),
    faults: sum(all.filter(({ isFault }) => isFault)),
    wrongAnswers: Object.fromEntries(wrong.map(({ key, count }) => [key, count])),
  };
}
