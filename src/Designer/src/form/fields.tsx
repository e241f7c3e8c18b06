/** @jsxImportSource preact */
/**
 * The fields of a form, drawn by form-js with Preact in the markup of the house: the error before the field, native
 * dates,
 * whole rows to press. A type that is not here is drawn by form-js itself.
 */
import {
  Checkbox as TheirCheckbox,
  Checklist as TheirChecklist,
  Datetime as TheirDatetime,
  Default,
  DynamicList as TheirDynamicList,
  Group as TheirGroup,
  Numberfield as TheirNumberfield,
  Radio as TheirRadio,
  Select as TheirSelect,
  Textarea as TheirTextarea,
  Textfield as TheirTextfield,
} from '@bpmn-io/form-js-viewer';
import type { ComponentChildren, ComponentType, FunctionComponent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { useLongText } from './longText';
import { mountStaffPicker } from './StaffPicker';
import { joinMoment, labelOf, momentInCentre, NO_SUCH_DAY, type FormField } from './words';

export type FieldProps = {
  field: FormField;
  domId: string;
  value: unknown;
  errors: string[];
  disabled: boolean;
  readonly: boolean;
  fieldInstance?: { id: string };
  onChange: (update: { value: unknown }) => void;
  onBlur: () => void;
  onFocus: () => void;
};

type Field = FunctionComponent<FieldProps> & { config: object };

const AlertSign = () => (
  <svg class="i" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
    <path d="M12 3.500 22 20.500H2zM12 10v5M12 17.600v.4" />
  </svg>
);

/** A list of names needs no hint about user names. */
const hintOf = (field: FormField) => (field.properties?.['staff'] === undefined ? (field.description ?? '') : '');

type Notes = { described: string | undefined; bad: boolean };

/** Label, hint and error of a field; several inputs under one label are a fieldset. */
function Frame(props: FieldProps & { many?: boolean; children: (notes: Notes) => ComponentChildren }) {
  const { field, domId, errors, fieldInstance, many, children } = props;
  const bad = errors.length > 0;
  const hint = hintOf(field);
  const described = [hint === '' ? '' : `${domId}-hint`, bad ? `${domId}-error` : ''].filter(Boolean).join(' ');
  const optional = field.validate?.required !== true && !props.readonly && field.type !== 'checkbox';
  const label = (
    <>
      {labelOf(field)}
      {optional && <span class="opt"> {t('form.optional')}</span>}
    </>
  );
  const notes = (
    <>
      {hint !== '' && (
        <p class="hint" id={`${domId}-hint`}>
          {hint}
        </p>
      )}
      {bad && (
        <p class="error" id={`${domId}-error`}>
          <AlertSign />
          <span>{errors.join(' ')}</span>
        </p>
      )}
    </>
  );
  const shared = { class: bad ? 'field bad' : 'field', 'data-instance': fieldInstance?.id, id: `${domId}-field` };
  const inner = children({ described: described === '' ? undefined : described, bad });
  return many ? (
    <fieldset {...shared} aria-describedby={described === '' ? undefined : described}>
      <legend>{label}</legend>
      {notes}
      {inner}
    </fieldset>
  ) : (
    <div {...shared}>
      {field.type !== 'checkbox' && <label for={domId}>{label}</label>}
      {notes}
      {inner}
    </div>
  );
}

const text = (value: unknown) => (typeof value === 'string' || typeof value === 'number' ? String(value) : '');

const adorned = (field: FormField) => field.appearance?.suffixAdorner ?? field.appearance?.prefixAdorner;

/** What every input one types into has in common; select and checkbox know no `readOnly`. */
const typedInto = ({ domId, disabled, readonly, onBlur, onFocus }: FieldProps, { described, bad }: Notes) => ({
  id: domId,
  disabled,
  readOnly: readonly,
  'aria-invalid': bad,
  'aria-describedby': described,
  onBlur,
  onFocus,
});

function Textfield(props: FieldProps) {
  return props.field.properties?.['staff'] === undefined ? <Line {...props} /> : <StaffField {...props} />;
}

function Line(props: FieldProps) {
  const { field, value, onChange } = props;
  const kind = field.validate?.['validationType'];
  const long = useLongText<HTMLInputElement>(text(value), (typed) => onChange({ value: typed }));
  return (
    <Frame {...props}>
      {(notes) => (
        <>
          <input
            {...typedInto(props, notes)}
            {...long.handlers}
            class="input"
            type={kind === 'email' ? 'email' : kind === 'phone' ? 'tel' : 'text'}
            autocomplete="off"
            value={text(value)}
          />
          {long.note}
        </>
      )}
    </Frame>
  );
}

function Textarea(props: FieldProps) {
  const { value, onChange } = props;
  const long = useLongText<HTMLTextAreaElement>(text(value), (typed) => onChange({ value: typed }));
  return (
    <Frame {...props}>
      {(notes) => (
        <>
          <textarea {...typedInto(props, notes)} {...long.handlers} class="input" rows={5} value={text(value)} />
          {long.note}
        </>
      )}
    </Frame>
  );
}

/** What is not a number stays as it was typed, with its error, instead of vanishing. */
function toNumber(typed: string): number | string | null {
  const plain = typed.replace(/\s/g, '').replace(',', '.');
  if (plain === '') return null;
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : typed;
}

function Numberfield(props: FieldProps) {
  const { field, value, onChange } = props;
  const [typed, setTyped] = useState(() => text(value).replace('.', ','));
  // A value from elsewhere (another version of the draft) replaces what is shown; the own typing ("1,") does not.
  useEffect(() => {
    setTyped((shown) => (toNumber(shown) === (value ?? null) ? shown : text(value).replace('.', ',')));
  }, [value]);
  const unit = adorned(field);
  return (
    <Frame {...props}>
      {(notes) => (
        <div class="input-pair">
          <input
            {...typedInto(props, notes)}
            class="input short"
            type="text"
            inputMode={field.decimalDigits === 0 ? 'numeric' : 'decimal'}
            autocomplete="off"
            value={typed}
            onInput={(event) => {
              setTyped(event.currentTarget.value);
              onChange({ value: toNumber(event.currentTarget.value) });
            }}
          />
          {unit !== undefined && <span class="unit">{unit}</span>}
        </div>
      )}
    </Frame>
  );
}

/** The browser's own date and time: they speak the person's language and open the phone's calendar. */
function Datetime(props: FieldProps) {
  const { field, domId, value, disabled, readonly, onChange, onBlur, onFocus } = props;
  const shared = { disabled, readOnly: readonly, onBlur, onFocus };
  if (field.subtype === 'datetime') {
    const { day, time } = momentInCentre(value);
    const change = (nextDay: string, nextTime: string) =>
      onChange({ value: joinMoment(nextDay, nextTime, field.timeSerializingFormat) });
    return (
      <Frame {...props} many>
        {({ bad }) => (
          <div class="input-pair">
            <input
              {...shared}
              id={domId}
              class="input"
              type="date"
              max="9998-12-31"
              value={day}
              aria-label={t('form.dayPart')}
              aria-invalid={bad}
              onInput={({ currentTarget }) =>
                currentTarget.validity.badInput ? onChange({ value: NO_SUCH_DAY }) : change(currentTarget.value, time)
              }
            />
            <input
              {...shared}
              class="input"
              type="time"
              value={time}
              aria-label={field.timeLabel ?? t('form.timePart')}
              aria-invalid={bad}
              onInput={({ currentTarget }) => change(day, currentTarget.value)}
            />
          </div>
        )}
      </Frame>
    );
  }
  return (
    <Frame {...props}>
      {({ described, bad }) => (
        <input
          {...shared}
          id={domId}
          class="input short"
          type={field.subtype === 'time' ? 'time' : 'date'}
          max={field.subtype === 'time' ? undefined : '9998-12-31'}
          value={value === NO_SUCH_DAY ? '' : text(value)}
          aria-invalid={bad}
          aria-describedby={described}
          onInput={({ currentTarget }) =>
            onChange({ value: currentTarget.validity.badInput ? NO_SUCH_DAY : currentTarget.value || null })
          }
        />
      )}
    </Frame>
  );
}

function Checkbox(props: FieldProps) {
  const { field, domId, value, disabled, readonly, onChange, onBlur, onFocus } = props;
  return (
    <Frame {...props}>
      {({ described, bad }) => (
        <label class="choice">
          <input
            id={domId}
            type="checkbox"
            checked={value === true}
            disabled={disabled || readonly}
            aria-invalid={bad}
            aria-describedby={described}
            onChange={(event) => onChange({ value: event.currentTarget.checked })}
            onBlur={onBlur}
            onFocus={onFocus}
          />
          {labelOf(field)}
        </label>
      )}
    </Frame>
  );
}

function Checklist(props: FieldProps) {
  const { field, domId, value, disabled, readonly, onChange, onBlur, onFocus } = props;
  const chosen = Array.isArray(value) ? (value as unknown[]) : [];
  return (
    <Frame {...props} many>
      {() =>
        (field.values ?? []).map((option, index) => (
          <label class="choice" key={option.value}>
            <input
              id={index === 0 ? domId : undefined}
              type="checkbox"
              checked={chosen.includes(option.value)}
              disabled={disabled || readonly}
              onChange={({ currentTarget }) =>
                onChange({
                  value: currentTarget.checked
                    ? [...chosen, option.value]
                    : chosen.filter((other) => other !== option.value),
                })
              }
              onBlur={onBlur}
              onFocus={onFocus}
            />
            {option.label}
          </label>
        ))
      }
    </Frame>
  );
}

function Radio(props: FieldProps) {
  const { field, domId, value, disabled, readonly, onChange, onBlur, onFocus } = props;
  const options = field.values ?? [];
  const short = options.length === 2 && options.every((option) => option.label.length <= 12);
  return (
    <Frame {...props} many>
      {({ bad }) => (
        <div class={short ? 'choices-row' : undefined} role="radiogroup" aria-invalid={bad} aria-label={labelOf(field)}>
          {options.map((option, index) => (
            <label class="choice" key={option.value}>
              <input
                id={index === 0 ? domId : undefined}
                type="radio"
                name={domId}
                checked={value === option.value}
                disabled={disabled || readonly}
                onChange={() => onChange({ value: option.value })}
                onBlur={onBlur}
                onFocus={onFocus}
              />
              {option.label}
            </label>
          ))}
        </div>
      )}
    </Frame>
  );
}

function Select(props: FieldProps) {
  const { field, domId, value, disabled, readonly, onChange, onBlur, onFocus } = props;
  return (
    <Frame {...props}>
      {({ described, bad }) => (
        <select
          id={domId}
          class="input"
          value={text(value)}
          disabled={disabled || readonly}
          aria-invalid={bad}
          aria-describedby={described}
          onChange={(event) => onChange({ value: event.currentTarget.value || null })}
          onBlur={onBlur}
          onFocus={onFocus}
        >
          <option value="">{t('form.select')}</option>
          {(field.values ?? []).map((option) => (
            <option key={option.value} value={option.value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Frame>
  );
}

/** A field that names a colleague: the choice comes from the server by role, the answer is the user name. */
function StaffField(props: FieldProps) {
  const { field, domId, value, disabled, readonly, onChange, onBlur } = props;
  const place = useRef<HTMLDivElement>(null);
  const island = useRef<ReturnType<typeof mountStaffPicker>>();
  const bad = props.errors.length > 0;
  const described = [(field.description ?? '') === '' ? '' : `${domId}-hint`, bad ? `${domId}-error` : ''].filter(
    Boolean,
  );
  useEffect(() => {
    if (place.current === null) return;
    const mounted = mountStaffPicker(place.current);
    island.current = mounted;
    return () => mounted.unmount();
  }, []);
  useEffect(() => {
    island.current?.show({
      id: domId,
      label: labelOf(field),
      role: field.properties?.['staff'] ?? '',
      value: text(value) || null,
      off: disabled || readonly,
      bad,
      describedBy: described.join(' '),
      onChange: (next) => onChange({ value: next }),
      onBlur,
    });
  });
  return <Frame {...props}>{() => <div ref={place} />}</Frame>;
}

function Group(props: FieldProps) {
  const { field, domId } = props;
  const label = labelOf(field);
  return (
    <section class="field-group" role="group" aria-labelledby={label === '' ? undefined : `${domId}-name`}>
      {label !== '' && <h2 id={`${domId}-name`}>{label}</h2>}
      <Children {...props} />
    </section>
  );
}

// The only component of form-js that draws the children of a container and is not a container itself.
const Children = Default as unknown as FunctionComponent<FieldProps>;

/** Keeps the settings form-js needs of its field, and nothing of how it looked. */
function drawn(view: FunctionComponent<FieldProps>, theirs: unknown, config: object = {}): Field {
  return Object.assign(view, { config: { ...(theirs as { config: object }).config, ...config } });
}

/** Choices that are computed by an expression stay with form-js, which evaluates them. */
function choiceOf(view: FunctionComponent<FieldProps>, theirs: unknown): Field {
  const Theirs = theirs as ComponentType<FieldProps>;
  const View = view;
  return drawn((props) => (props.field.values === undefined ? <Theirs {...props} /> : <View {...props} />), theirs);
}

// A draft may hold half a date or a number with a typing error: they are kept, and judged in words.ts.
const asTyped = { sanitizeValue: ({ value }: { value: unknown }) => value };

export const houseFields: Record<string, Field> = {
  textfield: drawn(Textfield, TheirTextfield),
  textarea: drawn(Textarea, TheirTextarea),
  number: drawn(Numberfield, TheirNumberfield, asTyped),
  datetime: drawn(Datetime, TheirDatetime, asTyped),
  checkbox: drawn(Checkbox, TheirCheckbox),
  checklist: choiceOf(Checklist, TheirChecklist),
  radio: choiceOf(Radio, TheirRadio),
  select: choiceOf(Select, TheirSelect),
  group: drawn(Group, TheirGroup),
  dynamiclist: drawn((props) => <Group {...props} />, TheirDynamicList),
};
