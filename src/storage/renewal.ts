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
  let renewedAt = Number.NEGATIVE_INFINITY;
  const times = new WeakMap<object, number>();
  return {
    renew() {
      renewedAt = performance.now();
    },
    made(connection) {
      times.set(connection, performance.now());
    },
    isCurrent: (connection) => (times.get(connection) ?? Number.NEGATIVE_INFINITY) >= renewedAt,
  };
}
