import { create } from 'zustand';

const STORED_AS = 'clickledger.columns.';

function stored(table: string): readonly string[] | null {
  try {
    const text = localStorage.getItem(STORED_AS + table);
    return text === null ? null : text.split(' ').filter((one) => one !== '');
  } catch {
    return null; // storage is forbidden
  }
}

interface ColumnsState {
  chosen: Readonly<Record<string, readonly string[] | null>>;
  choose: (table: string, columns: readonly string[]) => void;
}

const useStore = create<ColumnsState>((set) => ({
  chosen: {},
  choose: (table, columns) =>
    set(({ chosen }) => {
      try {
        localStorage.setItem(STORED_AS + table, columns.join(' '));
      } catch {
        // Kept until the page is closed.
      }
      return { chosen: { ...chosen, [table]: columns } };
    }),
}));

/** The columns of a table that somebody chose to see, kept in this browser; null: nobody chose. */
export function useColumns(table: string): [readonly string[] | null, (columns: readonly string[]) => void] {
  const { chosen, choose } = useStore();
  return [chosen[table] ?? stored(table), (columns) => choose(table, columns)];
}
