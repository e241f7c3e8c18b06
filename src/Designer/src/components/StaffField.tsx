/** Chooses a person of the centre. */
import { getColleagues } from '../api';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { SelectField } from './fields';

type Props = {
  label: string;
  /** Only people of this role; everybody without it. */
  role?: string;
  /** Nobody can stand in for herself. */
  except?: string | undefined;
  value: string;
  onChange: (userName: string) => void;
  error?: string | undefined;
  optional?: boolean;
  none?: string;
};

export function StaffField({ role, except, none, ...rest }: Props) {
  const people = useLoad(`colleagues:${role ?? ''}`, () => getColleagues(role));
  const options = (people.value ?? [])
    .filter((person) => person.userName !== except)
    .map((person) => ({ value: person.userName, label: person.name }));
  return (
    <SelectField
      {...rest}
      options={options}
      none={people.loading ? t('wait.loading') : (none ?? t('staff.choose'))}
      hint={people.problem === null ? undefined : t('staff.failed')}
    />
  );
}
