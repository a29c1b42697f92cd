import { readFileSync } from 'node:fs';
import type { FoundEffect } from './found-effects.ts';

/** A row of data/prefect/reviewed-effects.json. In each pattern `*` stands for any run of characters. */
export interface EffectReview {
  readonly effects: readonly string[];
  /** Names without their kind; all where there are none. */
  readonly operations?: readonly string[];
  readonly fields?: readonly string[];
  /** What a request with the effect has to ask for; none where `why` says so. */
  readonly rights?: readonly string[];
  readonly why: string;
}

const file = new URL('../../data/prefect/reviewed-effects.json', import.meta.url);

export function readReviews(): EffectReview[] {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The first review that covers it. */
export function reviewOf(found: FoundEffect, reviews: readonly EffectReview[]): EffectReview | undefined {
  return reviews.find(
    ({ effects, operations = ['*'], fields = ['*'] }) =>
      matches(effects, found.effect) && matches(operations, found.operation) && matches(fields, found.field),
  );
}

export function matches(patterns: readonly string[], text: string): boolean {
  return patterns.some((pattern) => toExpression(pattern).test(text));
}

function toExpression(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}

/** As a person reads it, and looks for it in the data. */
export function describe({ version, route, field, effect }: FoundEffect): string {
  return `Prefect ${version}: ${route}${field && ` with ${field}`} ${effect}`;
}
