import { readFileSync } from 'node:fs';
import type { EffectData } from './found-effects.ts';
import { matches } from './reviewed-effects.ts';

/** A row of data/prefect/not-driven.json. In each pattern `*` stands for any run of characters. */
export interface NotDrivenReview {
  /** `METHOD path` */
  readonly routes: readonly string[];
  /** An empty one stands for the whole route. */
  readonly fields: readonly string[];
  readonly why: string;
}

/** What was never answered with success: a field, or the whole route where the field is empty. */
interface NotDriven {
  readonly version: string;
  readonly route: string;
  readonly field: string;
}

const file = new URL('../../data/prefect/not-driven.json', import.meta.url);

export function readNotDrivenReviews(): NotDrivenReview[] {
  return JSON.parse(readFileSync(file, 'utf8'));
}

export function listNotDriven({ prefect: version, routes }: EffectData): NotDriven[] {
  return Object.entries(routes).flatMap(([route, { undriven = [] }]) =>
    (undriven === '*' ? [''] : undriven).map((field) => ({ version, route, field })),
  );
}

/** The first review that covers it. */
export function notDrivenReviewOf(
  { route, field }: NotDriven,
  reviews: readonly NotDrivenReview[],
): NotDrivenReview | undefined {
  return reviews.find(({ routes, fields }) => matches(routes, route) && matches(fields, field));
}
