import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components';
import { CheckIcon, ChevronIcon } from './icons';

export type Choice = { id: string; label: string };

type Props = {
  /** What is chosen here, for a screen reader. */
  name: string;
  /** The words on the chip, with the choice in them. */
  label: string;
  value: string;
  choices: Choice[];
  onChange: (id: string) => void;
};

/** A chip that opens a list and keeps one choice. */
export function FilterMenu({ name, label, value, choices, onChange }: Props) {
  return (
    <MenuTrigger>
      <Button className="chip menu">
        {label}
        <ChevronIcon />
      </Button>
      <Popover className="menu-pop">
        <Menu
          className="menu-list"
          aria-label={name}
          selectionMode="single"
          disallowEmptySelection
          selectedKeys={[value]}
          onAction={(key) => onChange(String(key))}
        >
          {choices.map((choice) => (
            <MenuItem key={choice.id} id={choice.id} className="menu-item" textValue={choice.label}>
              {choice.label}
              {choice.id === value && <CheckIcon />}
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}
