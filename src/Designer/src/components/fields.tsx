/** Labelled fields of dialogs and of the pages that have no form of a procedure. An error stands at its field. */
import { useId, type InputHTMLAttributes, type ReactNode } from 'react';
import { t } from '../i18n';
import { AlertIcon } from './icons';

type Common = {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  optional?: boolean;
};

type Frame = Common & { children: (ids: { id: string; describedBy: string | undefined }) => ReactNode };

function Field({ label, hint, error, optional, children }: Frame) {
  const id = useId();
  const described = [hint === undefined ? '' : `${id}-hint`, error === undefined ? '' : `${id}-error`];
  const describedBy = described.filter(Boolean).join(' ') || undefined;
  return (
    <div className={error === undefined ? 'field' : 'field bad'}>
      <label htmlFor={id}>
        {label}
        {optional && <span className="opt"> {t('field.optional')}</span>}
      </label>
      {hint !== undefined && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p className="error" id={`${id}-error`}>
          <AlertIcon />
          {error}
        </p>
      )}
      {children({ id, describedBy })}
    </div>
  );
}

type InputProps = Common & {
  value: string;
  onChange: (value: string) => void;
  short?: boolean;
} & Pick<
    InputHTMLAttributes<HTMLInputElement>,
    'type' | 'autoComplete' | 'min' | 'max' | 'inputMode' | 'readOnly' | 'maxLength' | 'spellCheck'
  >;

export function InputField({ value, onChange, short, label, hint, error, optional, ...rest }: InputProps) {
  return (
    <Field label={label} hint={hint} error={error} optional={optional ?? false}>
      {({ id, describedBy }) => (
        <input
          {...rest}
          id={id}
          className={short ? 'input short' : 'input'}
          value={value}
          aria-describedby={describedBy}
          aria-invalid={error === undefined ? undefined : true}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

type Password = { label: string; value: string; onChange: (value: string) => void; error: string | undefined };

export function NewPasswordField(props: Password) {
  return <InputField {...props} hint={t('password.hint')} type="password" autoComplete="new-password" />;
}

export function TextField({
  value,
  onChange,
  ...common
}: Common & { value: string; onChange: (value: string) => void }) {
  return (
    <Field {...common}>
      {({ id, describedBy }) => (
        <textarea
          id={id}
          className="input"
          value={value}
          aria-describedby={describedBy}
          aria-invalid={common.error === undefined ? undefined : true}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
    </Field>
  );
}

export type Option = { value: string; label: string };

/** `none` is the words of the first, empty choice; without it the first option is chosen. */
export function SelectField({
  value,
  onChange,
  options,
  none,
  ...common
}: Common & { value: string; onChange: (value: string) => void; options: Option[]; none?: string | undefined }) {
  return (
    <Field {...common}>
      {({ id, describedBy }) => (
        <select
          id={id}
          className="input"
          value={value}
          aria-describedby={describedBy}
          aria-invalid={common.error === undefined ? undefined : true}
          onChange={(event) => onChange(event.target.value)}
        >
          {none !== undefined && <option value="">{none}</option>}
          {options.map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

type ChoicesProps = {
  label: string;
  hint?: ReactNode;
  error?: string | undefined;
  options: (Option & { note?: string })[];
  row?: boolean;
} & (
  | { many: true; value: string[]; onChange: (value: string[]) => void }
  | { many?: false; value: string; onChange: (value: string) => void }
);

export function ChoiceField(props: ChoicesProps) {
  const { label, hint, error, options, row } = props;
  const id = useId();
  const chosen = (value: string) => (props.many ? props.value.includes(value) : props.value === value);
  const choose = (value: string) => {
    if (!props.many) props.onChange(value);
    else if (props.value.includes(value)) props.onChange(props.value.filter((one) => one !== value));
    else props.onChange([...props.value, value]);
  };
  return (
    <fieldset
      className={error === undefined ? 'field' : 'field bad'}
      aria-describedby={hint ? `${id}-hint` : undefined}
    >
      <legend>{label}</legend>
      {hint !== undefined && (
        <p className="hint" id={`${id}-hint`}>
          {hint}
        </p>
      )}
      {error !== undefined && (
        <p className="error">
          <AlertIcon />
          {error}
        </p>
      )}
      <div className={row ? 'choices-fit' : undefined}>
        {options.map((option) => (
          <label className="choice" key={option.value}>
            <input
              type={props.many ? 'checkbox' : 'radio'}
              name={id}
              checked={chosen(option.value)}
              onChange={() => choose(option.value)}
            />
            <span>
              {option.label}
              {option.note !== undefined && <small className="choice-note">{option.note}</small>}
            </span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
