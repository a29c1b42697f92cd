let end: Promise<void> | undefined;

/**
 * Resolves once this turn of the event loop has read what has arrived on all connections. Who waits for it goes on one right
 * after the other, with the code at hand in the processor from the second request on. It costs a request that comes alone
 * next to nothing: the turn ends at once.
 */
export function endOfTurn(): Promise<void> {
  end ??= new Promise((resolve) => {
    setImmediate(() => {
      end = undefined;
      resolve();
    });
  });
  return end;
}
