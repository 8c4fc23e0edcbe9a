/**
 * Keeps standard output for JSON: whatever else this process prints, a library of its own accord
 * included, goes to standard error from now on.
 * @returns prints a value; to be called once
 */
export function keepOutputForJson(): (value: unknown) => void {
  console.log = console.error;
  console.info = console.error;
  console.debug = console.error;
  return (value) => {
    process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  };
}
