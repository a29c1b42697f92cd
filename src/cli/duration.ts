const MILLISECONDS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_536_000_000 } as const;

/** @returns milliseconds of a duration such as `90d`, or undefined if the text is not one */
export function parseDuration(text: string): number | undefined {
  const match = /^([1-9]\d{0,5})([mhdwy])$/.exec(text);
  return match === null ? undefined : Number(match[1]) * MILLISECONDS[match[2] as keyof typeof MILLISECONDS];
}
