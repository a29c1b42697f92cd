import { InvalidArgumentError } from 'commander';
import { parseDuration } from './duration.ts';

const DATE = /^\d{4}-\d{2}-\d{2}$/;
const MOMENT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/;

/** A duration from now or a date. A date without a zone is UTC, whatever zone this machine is in. */
export function readTime(text: string): Date {
  const duration = parseDuration(text);
  if (duration !== undefined) return checkYear(new Date(Date.now() + duration));
  const date = new Date(DATE.test(text) || MOMENT.test(text) ? text : Number.NaN);
  if (!Number.isNaN(date.getTime()) && isDay(text.slice(0, 10))) return checkYear(date);
  throw new InvalidArgumentError('It is neither a duration like 90d or 12h, nor 2027-01-31, nor 2027-01-31T08:00Z.');
}

/** JavaScript reads 2027-02-31 as the third of March. */
function isDay(text: string): boolean {
  return new Date(`${text}T00:00Z`).toISOString().startsWith(text);
}

/** Databases store no later year than 9999. */
function checkYear(date: Date): Date {
  if (date.getUTCFullYear() <= 9999) return date;
  throw new InvalidArgumentError('It lies after the year 9999.');
}

export function readFutureTime(text: string): Date {
  const date = readTime(text);
  if (date.getTime() <= Date.now()) throw new InvalidArgumentError('It lies in the past.');
  return date;
}

/** A date, or a duration before now. */
export function readPastTime(text: string): Date {
  const duration = parseDuration(text);
  return duration === undefined ? readTime(text) : new Date(Date.now() - duration);
}

/** @returns milliseconds */
export function readDuration(text: string): number {
  const duration = text === '0' ? 0 : parseDuration(text);
  if (duration === undefined) throw new InvalidArgumentError('It is not a duration like 30m, 24h or 7d.');
  return duration;
}
