/** The memory that bodies may take together, of all requests that are being judged. */
export interface BodyRoom {
  /**
   * One key gets half of what the others leave at most, so that whoever fills it keeps nobody else out.
   * @returns whether there is room, which is taken then until it is given back
   */
  take(bytes: number, keyId: string): boolean;
  giveBack(bytes: number, keyId: string): void;
}

export function createBodyRoom(most: number): BodyRoom {
  const taken = new Map<string, number>();
  let total = 0;
  return {
    take(bytes, keyId) {
      const own = taken.get(keyId) ?? 0;
      const left = most - (total - own);
      if (own + bytes > left / 2) return false;
      taken.set(keyId, own + bytes);
      total += bytes;
      return true;
    },
    giveBack(bytes, keyId) {
      const own = (taken.get(keyId) ?? 0) - bytes;
      if (own > 0) taken.set(keyId, own);
      else taken.delete(keyId);
      total -= bytes;
    },
  };
}
