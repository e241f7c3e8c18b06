/** A colleague by name; the answer is the user name. It lives as an island of React inside a form drawn by form-js. */
import { useEffect, useState } from 'react';
import { Button, ComboBox, Group, I18nProvider, Input, ListBox, ListBoxItem, Popover } from 'react-aria-components';
import { createRoot } from 'react-dom/client';
import { getColleagues, type Person } from '../api';
import { wordsOf } from '../components/basics';
import { ChevronIcon } from '../components/icons';
import { localeOf, t } from '../i18n';

export type StaffPickerProps = {
  id: string;
  label: string;
  role: string;
  value: string | null;
  off?: boolean;
  bad?: boolean;
  describedBy?: string;
  onChange: (userName: string | null) => void;
  onBlur?: () => void;
};

export function StaffPicker({ id, label, role, value, off, bad, describedBy, onChange, onBlur }: StaffPickerProps) {
  const [people, setPeople] = useState<Person[]>([]);
  const [problem, setProblem] = useState('');
  useEffect(() => {
    let wanted = true;
    void getColleagues(role).then((answer) => {
      if (!wanted) return;
      if (answer.ok) setPeople(answer.value);
      else setProblem(wordsOf(answer.problem));
    });
    return () => {
      wanted = false;
    };
  }, [role]);
  // Until the list is here, or when the person has left, the answer is shown as it is stored.
  const items =
    value === null || people.some((one) => one.userName === value)
      ? people
      : [...people, { userName: value, name: value }];
  return (
    <>
      {problem !== '' && <p className="error">{problem}</p>}
      <ComboBox
        aria-label={label}
        defaultItems={items}
        value={value}
        isDisabled={off ?? false}
        isInvalid={bad ?? false}
        menuTrigger="focus"
        onChange={(key) => onChange(key === null ? null : String(key))}
        onBlur={() => onBlur?.()}
      >
        <Group className="combo">
          <Input id={id} className="input" aria-describedby={describedBy === '' ? undefined : describedBy} />
          <Button className="combo-open" aria-label={t('form.showPeople')}>
            <ChevronIcon />
          </Button>
        </Group>
        <Popover className="menu-pop">
          <ListBox<Person>
            className="menu-list"
            renderEmptyState={() => <p className="menu-note">{t('form.noPeople')}</p>}
          >
            {(person) => (
              <ListBoxItem id={person.userName} textValue={person.name} className="menu-item">
                {person.name}
              </ListBoxItem>
            )}
          </ListBox>
        </Popover>
      </ComboBox>
    </>
  );
}

export function mountStaffPicker(place: HTMLElement): { show: (props: StaffPickerProps) => void; unmount: () => void } {
  const root = createRoot(place);
  return {
    show: (props) =>
      root.render(
        <I18nProvider locale={localeOf()}>
          <StaffPicker {...props} />
        </I18nProvider>,
      ),
    // Preact takes the place away while React may still be drawing in it.
    unmount: () => queueMicrotask(() => root.unmount()),
  };
}
