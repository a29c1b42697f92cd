/** The memory that bodies may take together, of all requests that are being judged. */
export interface BodyRoom {
  /**
   * One user gets half of what the others leave at most, so that whoever fills it keeps nobody else out.
   * @returns whether there is room, which is taken then until it is given back
   */
  take(bytes: number, userId: string): boolean;
  giveBack(bytes: number, userId: string): void;
}

export function createBodyRoom(most: number): BodyRoom {
  const taken = new Map<string, number>();
  let total = 0;
  return {
    take(bytes, userId) {
      const own = taken.get(userId) ?? 0;
      const left = most - (total - own);
      if (own + bytes > left / 2) return false;
      taken.set(userId, own + bytes);
      total += bytes;
      return true;
    },
    giveBack(bytes, userId) {
      const own = (taken.get(userId) ?? 0) - bytes;
      if (own > 0) taken.set(userId, own);
      else taken.delete(userId);
      total -= bytes;
    },
  };
}
