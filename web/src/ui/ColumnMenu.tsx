import { Columns3 } from 'lucide-react';
import { Button } from './Button.js';
import { Menu, MenuChoice } from './Menu.js';

interface Props {
  /** Every column that can be left out. */
  columns: readonly { id: string; label: string }[];
  shown: readonly string[];
  onChange: (shown: readonly string[]) => void;
}

/** Chooses the columns of a table. */
export const ColumnMenu = ({ columns, shown, onChange }: Props) => (
  <Menu
    trigger={
      <Button kind="quiet" size="icon-small" aria-label="Columns" title="Columns" data-testid="columns">
        <Columns3 aria-hidden="true" />
      </Button>
    }
  >
    {columns.map(({ id, label }) => (
      <MenuChoice
        key={id}
        chosen={shown.includes(id)}
        data-testid={`column-${id}`}
        // The menu stays open: several are chosen at once.
        onSelect={(event) => {
          event.preventDefault();
          onChange(shown.includes(id) ? shown.filter((one) => one !== id) : [...shown, id]);
        }}
      >
        {label}
      </MenuChoice>
    ))}
  </Menu>
);
