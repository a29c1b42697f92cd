/** The memory that the bodies of all requests may take together while they are judged. */
export interface BodyRoom {
  /**
   * One user gets at most half of what the others leave, so that no user can keep the others out.
   * @returns whether there is room; it is then taken until it is given back
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
