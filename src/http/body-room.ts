/** The memory that bodies may take together, of all requests that are being judged. */
export interface BodyRoom {
  /** @returns whether there is room, which is taken then until it is given back */
  take(bytes: number): boolean;
  giveBack(bytes: number): void;
}

export function createBodyRoom(most: number): BodyRoom {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > most) return false;
      taken += bytes;
      return true;
    },
    giveBack(bytes) {
      taken -= bytes;
    },
  };
}
