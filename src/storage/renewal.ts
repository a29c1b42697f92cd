/**
 * Retires every pooled connection made so far; each is replaced when it would be used next. If one connection was dead, the others
 * may be dead too, and each would cost another timeout to discover.
 */
export interface Renewal {
  renew(): void;
  /** Called for every new connection. */
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
