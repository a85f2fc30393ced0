/**
 * Values by tenant and text. A map of maps: one key made of both would be joined, hashed and thrown away for each click, which
 * costs more than looking up twice.
 */
export class TenantMaps<V> {
  readonly #maps = new Map<number, Map<string, V>>();

  /** The tenant's own map, made when it isn't there. */
  of(tenantId: number): Map<string, V> {
    const known = this.#maps.get(tenantId);
    if (known) return known;
    const made = new Map<string, V>();
    this.#maps.set(tenantId, made);
    return made;
  }

  clear(): void {
    this.#maps.clear();
  }
}
