/** Facts of the other members of a group, some for each of their threads. */
export class FactsOfMembers<Facts> {
  readonly #read: (given: unknown) => Facts | undefined;
  readonly #byMember = new Map<string, readonly Facts[]>();

  /** @param read converts the facts of a member; returns `undefined` if they are invalid, such as those of another version. */
  constructor(read: (given: unknown) => Facts | undefined) {
    this.#read = read;
  }

  /** Replaces the facts of a member; `undefined` if it has ended. Returns those before. */
  set(member: string, given: readonly unknown[] | undefined): readonly Facts[] {
    const before = this.#byMember.get(member) ?? [];
    const facts = given?.flatMap((each) => this.#read(each) ?? []) ?? [];
    if (facts.length === 0) this.#byMember.delete(member);
    else this.#byMember.set(member, facts);
    return before;
  }

  /** Iterates over the facts of all members. */
  *[Symbol.iterator](): Generator<Facts> {
    for (const facts of this.#byMember.values()) yield* facts;
  }
}
