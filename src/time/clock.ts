/**
 * Says what time it is, in milliseconds. `performance` counts from the start of the process and is never set back: for how long
 * something is kept. `Date` counts since 1970, as other machines do. It is a parameter, so that tests need not sleep.
 */
export interface Clock {
  now(): number;
}
