/**
 * Gives the time in milliseconds. `performance` counts from the start of the process and is never set back: it measures how long
 * something is kept. `Date` counts since 1970, as on other machines. A clock is a parameter, so that tests need not sleep.
 */
export interface Clock {
  now(): number;
}
