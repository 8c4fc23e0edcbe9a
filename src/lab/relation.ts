import Fraction from "fraction.js";
import { exactNumber } from "./exact-number.ts";

/**
 * Relations between captured values, as findings write them:
 * `<value> <comparison> <value>` with `==`, `!=`, `<`, `<=`, `>` or `>=`. A value is a quoted text
 * (`"linux"`), or an expression of captures (`inside.pid`), numbers (`0.5`, `3e7`), units (`200 kB`,
 * `6 million`), `+ - * /` and parentheses. Two values that both read as numbers compare as numbers,
 * otherwise as text; arithmetic is for numbers only. Both are exact, whatever the numbers' size.
 */
export interface Relation {
  left: Expression;
  comparison: Comparison;
  right: Expression;
}

type Expression =
  | { capture: string }
  | { literal: string }
  | { number: Fraction }
  | { operator: Operator; left: Expression; right: Expression };
type Comparison = "==" | "!=" | "<" | "<=" | ">" | ">=";
type Operator = "+" | "-" | "*" | "/";

/** Units a number may carry: decimal as the SI has them, binary as IEC 80000-13. */
const UNITS: Readonly<Record<string, bigint>> = {
  B: 1n,
  kB: 10n ** 3n,
  MB: 10n ** 6n,
  GB: 10n ** 9n,
  KiB: 2n ** 10n,
  MiB: 2n ** 20n,
  GiB: 2n ** 30n,
  thousand: 10n ** 3n,
  million: 10n ** 6n,
};
const PRECEDENCE: Readonly<Record<Operator, number>> = { "+": 1, "-": 1, "*": 2, "/": 2 };

const TOKEN =
  /\s*("[^"]*"|[a-z][A-Za-z0-9]*(?:\.[a-z][A-Za-z0-9]*)+|\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?: *[A-Za-z]+)?|==|!=|<=|>=|[<>()+*/-])/y;

class RelationError extends Error {
  override readonly name = "RelationError";
}

/** Reads a relation, or says what is wrong with it. */
export function parseRelation(text: string): Relation | { error: string } {
  try {
    const tokens = tokensOf(text);
    const left = expression(tokens, 0);
    const comparison = tokens.shift();
    if (!isComparison(comparison)) throw new RelationError("has no comparison after its left side");
    const right = expression(tokens, 0);
    if (tokens.length > 0) throw new RelationError(`goes on after its end: ${tokens.join(" ")}`);
    return { left, comparison, right };
  } catch (thrown) {
    if (!(thrown instanceof RelationError)) throw thrown;
    const form = "<value> <== != < <= > >=> <value>";
    return { error: `"${text}" ${thrown.message}; a relation is ${form}` };
  }
}

/**
 * The value of one side of a relation, as prose inserts it: `boot.instructions / start.instructions`.
 * @throws Error when it cannot be read, or speaks of a capture that was not made
 */
export function figureOf(text: string, captures: Readonly<Record<string, string>>): string {
  const tokens = tokensOf(text);
  const side = expression(tokens, 0);
  const value = tokens.length === 0 ? evaluate(side, captures) : undefined;
  if (value !== undefined) return textOf(value);
  const known = Object.keys(captures).join(", ");
  throw new Error(`"${text}" has no value; there are: ${known}`);
}

function tokensOf(text: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const from = TOKEN.lastIndex;
    const [, token] = TOKEN.exec(text) ?? [];
    if (token === undefined)
      throw new RelationError(`cannot be read at: ${text.slice(from).trim()}`);
    tokens.push(token);
  }
  return tokens;
}

/** Takes an expression from the front of `tokens`, by precedence climbing. */
function expression(tokens: string[], least: number): Expression {
  let left = operand(tokens);
  for (;;) {
    const [operator] = tokens;
    if (!isOperator(operator) || PRECEDENCE[operator] < least) return left;
    tokens.shift();
    left = { operator, left, right: expression(tokens, PRECEDENCE[operator] + 1) };
  }
}

function operand(tokens: string[]): Expression {
  const token = tokens.shift();
  if (token === undefined) throw new RelationError("ends where a value is due");
  if (token === "(") {
    const inner = expression(tokens, 0);
    if (tokens.shift() !== ")") throw new RelationError("has a parenthesis that does not close");
    return inner;
  }
  if (token === "-")
    return { operator: "-", left: { number: new Fraction(0) }, right: operand(tokens) };
  if (token.startsWith('"')) return { literal: token.slice(1, -1) };
  if (/^[a-z]/.test(token)) return { capture: token };
  if (/^\d/.test(token)) return { number: quantity(token) };
  throw new RelationError(`has ${token} where a value is due`);
}

/** A number with its unit, as an author wrote it. */
function quantity(token: string): Fraction {
  const [, digits = "", unit] = /^([\d.]+(?:[eE][+-]?\d+)?) *([A-Za-z]+)?$/.exec(token) ?? [];
  const number = exactNumber(digits);
  if (!number) throw new RelationError(`has the number ${digits}, which is too long`);
  if (unit === undefined) return number;
  const factor = UNITS[unit];
  if (factor === undefined)
    throw new RelationError(`has the unit ${unit}; there are: ${Object.keys(UNITS).join(", ")}`);
  return number.mul(factor);
}

function isComparison(token: string | undefined): token is Comparison {
  return token !== undefined && /^(==|!=|<=|>=|<|>)$/.test(token);
}

function isOperator(token: string | undefined): token is Operator {
  return token !== undefined && token in PRECEDENCE;
}

/** The captures a relation speaks of, each once. */
export function relationNames({ left, right }: Relation): string[] {
  return [...new Set([...namesIn(left), ...namesIn(right)])];
}

function namesIn(side: Expression): string[] {
  if ("capture" in side) return [side.capture];
  return "operator" in side ? [...namesIn(side.left), ...namesIn(side.right)] : [];
}

/** Whether the relation holds; a capture that was never made, or is no number, makes it false. */
export function holds(relation: Relation, captures: Readonly<Record<string, string>>): boolean {
  const left = evaluate(relation.left, captures);
  const right = evaluate(relation.right, captures);
  if (left === undefined || right === undefined) return false;
  const order = compare(left, right);
  switch (relation.comparison) {
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

/** A number, or a text that may read as one. */
type Value = Fraction | string;

function evaluate(side: Expression, captures: Readonly<Record<string, string>>): Value | undefined {
  if ("capture" in side) return captures[side.capture];
  if ("literal" in side) return side.literal;
  if ("number" in side) return side.number;
  const left = numberIn(evaluate(side.left, captures));
  const right = numberIn(evaluate(side.right, captures));
  return left && right && calculate(side.operator, left, right);
}

/** @returns undefined for a division by zero */
function calculate(operator: Operator, left: Fraction, right: Fraction): Fraction | undefined {
  switch (operator) {
    case "+":
      return left.add(right);
    case "-":
      return left.sub(right);
    case "*":
      return left.mul(right);
    case "/":
      return right.equals(0) ? undefined : left.div(right);
  }
}

function compare(left: Value, right: Value): number {
  const [a, b] = [numberIn(left), numberIn(right)];
  if (a && b) return a.compare(b);
  const [one, other] = [textOf(left), textOf(right)];
  return one === other ? 0 : one < other ? -1 : 1;
}

/** The number that a value is or reads as, if it is one. */
function numberIn(value: Value | undefined): Fraction | undefined {
  return typeof value === "string" ? exactNumber(value) : value;
}

/** Whole numbers with all their digits, others with as many as a double has. */
function textOf(value: Value): string {
  if (typeof value === "string") return value;
  return value.d === 1n ? String(value.s * value.n) : String(value.valueOf());
}
