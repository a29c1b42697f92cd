let end: Promise<void> | undefined;

/**
 * Resolves once this turn of the event loop has read what has arrived on all connections. Who waits for it goes on one right
 * after the other: the processor has the code at hand from the second request on, and whoever is answered is woken once for
 * all answers. That is half of the time of a request under load; without load there is nothing to wait for.
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
