/**
 * Has a pool let go of the connections that it has, each when it would be used next, and make new ones: where one was found
 * dead the others may be so as well, and each would take as long to be found out.
 */
export interface Renewal {
  renew(): void;
  /** Told of every connection that was made. */
  made(connection: object): void;
  /** Whether it was made after the last renewal. */
  isCurrent(connection: object): boolean;
}

export function createRenewal(): Renewal {
  let renewals = 0;
  const madeAfter = new WeakMap<object, number>();
  return {
    renew() {
      renewals++;
    },
    made(connection) {
      madeAfter.set(connection, renewals);
    },
    isCurrent: (connection) => (madeAfter.get(connection) ?? 0) === renewals,
  };
}
