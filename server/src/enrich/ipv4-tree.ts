/** Bytes of a node, and of either of its two records. */
const NODE_BYTES = 6;
const RECORD_BYTES = 3;
export const RECORD_BITS = 24;
const IPV4_BITS = 32;
/** IPv4 addresses are the IPv6 ones that begin with so many zeros. */
const IPV6_ZEROS = 96;

/**
 * The search tree of a MaxMind database (maxmind.github.io/MaxMind-DB, "Binary Search Tree Section") of IPv6 with records of 24
 * bits, for IPv4 addresses that are numbers already: the library cuts a text into four, and reads a record in five calls.
 */
export class Ipv4Tree {
  readonly #root: number;

  constructor(
    private readonly database: Buffer,
    private readonly nodeCount: number,
  ) {
    let node = 0;
    for (let bit = 0; bit < IPV6_ZEROS && node < nodeCount; bit++) node = this.#record(node, 0);
    this.#root = node;
  }

  /** Tells what is known of the address: the same number for all addresses of which the same is known. */
  find(address: number): number {
    let node = this.#root;
    for (let bit = IPV4_BITS - 1; bit >= 0 && node < this.nodeCount; bit--)
      node = this.#record(node, (address >>> bit) & 1);
    return node;
  }

  #record(node: number, bit: number): number {
    const at = node * NODE_BYTES + bit * RECORD_BYTES;
    const { database } = this;
    return (
      ((database[at] as number) << 16) | ((database[at + 1] as number) << 8) | (database[at + 2] as number)
    );
  }
}
