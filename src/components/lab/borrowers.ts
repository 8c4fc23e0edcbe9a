import type { Borrower } from "../../lab/lease.ts";

const names = new Map<string, string>();
const keyOf = ({ kind, id }: Borrower) => `${kind}:${id}`;

/** Says what the reader of this page calls somebody who may borrow a machine. */
export function nameBorrower(who: Borrower, name: string): void {
  names.set(keyOf(who), name);
}

/** That name; the id of who has not been named. */
export function borrowerName(who: Borrower): string {
  return names.get(keyOf(who)) ?? who.id;
}
