import type { JSX } from "preact";

/** Figures of a picture: the first cell of each row names it. */
export interface TableData {
  head: readonly string[];
  rows: readonly (readonly (string | number)[])[];
}

/** The table behind a picture, closed at first; open in print. */
export function DataTable({ head, rows, summary }: TableData & { summary: string }): JSX.Element {
  return (
    <details class="ok-table">
      <summary>{summary}</summary>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <div class="ok-table-scroll" tabIndex={0}>
        <table>
          <thead>
            <tr>
              {head.map((cell) => (
                <th key={cell} scope="col">
                  {cell}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(([name, ...cells], row) => (
              <tr key={`${row} ${name}`}>
                <th scope="row">{name}</th>
                {cells.map((cell, column) => (
                  <td key={head[column + 1] ?? column}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
