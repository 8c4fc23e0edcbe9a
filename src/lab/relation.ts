/**
 * Relations between captured values, as findings write them:
 * `<operand> <operator> <operand>` with `==`, `!=`, `<`, `<=`, `>` or `>=`. An operand is a
 * capture (`inside.pid`), a whole number or a quoted text (`"linux"`).
 * Two values that both read as numbers compare as numbers, otherwise as text.
 */
export interface Relation {
  left: Operand;
  operator: Operator;
  right: Operand;
}

type Operand = { capture: string } | { literal: string };
type Operator = "==" | "!=" | "<" | "<=" | ">" | ">=";

const OPERAND = String.raw`[a-z][A-Za-z0-9]*(?:\.[a-z][A-Za-z0-9]*)+|-?\d+|"[^"]*"`;
const RELATION = new RegExp(String.raw`^\s*(${OPERAND})\s*(==|!=|<=|>=|<|>)\s*(${OPERAND})\s*$`);

/** Reads a relation, or says what is wrong with it. */
export function parseRelation(text: string): Relation | { error: string } {
  const [, left, operator, right] = RELATION.exec(text) ?? [];
  if (!left || !operator || !right)
    return { error: `"${text}" is not <capture or value> <== != < <= > >=> <capture or value>` };
  return { left: operand(left), operator: operator as Operator, right: operand(right) };
}

function operand(text: string): Operand {
  if (text.startsWith('"')) return { literal: text.slice(1, -1) };
  return /^[a-z]/.test(text) ? { capture: text } : { literal: text };
}

/** The captures a relation speaks of. */
export function relationNames({ left, right }: Relation): string[] {
  return [left, right].flatMap((side) => ("capture" in side ? [side.capture] : []));
}

/** Whether the relation holds; a capture that was never made makes it false. */
export function holds(relation: Relation, captures: Readonly<Record<string, string>>): boolean {
  const value = (side: Operand) => ("capture" in side ? captures[side.capture] : side.literal);
  const left = value(relation.left);
  const right = value(relation.right);
  if (left === undefined || right === undefined) return false;
  const order = compare(left, right);
  switch (relation.operator) {
    case "==":
      return order === 0;
    case "!=":
      return order !== 0;
    case "<":
      return order < 0;
    case "<=":
      return order <= 0;
    case ">":
      return order > 0;
    case ">=":
      return order >= 0;
  }
}

function compare(left: string, right: string): number {
  const number = /^-?\d+$/;
  if (number.test(left) && number.test(right)) return Number(left) - Number(right);
  return left === right ? 0 : left < right ? -1 : 1;
}
