/** @jsxImportSource preact */
/** Rows of a list: each a numbered block with a button that names what it removes, then the button that adds one. */
import { buildExpressionContext, LocalExpressionContext, RepeatRenderManager } from '@bpmn-io/form-js-viewer';
import type { FunctionComponent } from 'preact';
import { useContext, useMemo, useRef } from 'preact/hooks';
import { t } from '../i18n';
import { labelOf, type FormField } from './words';

type Indexes = Record<string, number>;
type Expressions = { data: unknown; this: unknown; parent: unknown; i: number[] };
type Rows = FunctionComponent<Record<string, unknown>>;
type Props = {
  field: FormField;
  indexes?: Indexes;
  RowsRenderer: Rows;
  useSharedState: unknown;
  readonly?: boolean;
  disabled?: boolean;
  onChange: (update: { field?: FormField; value: unknown; indexes?: Indexes }) => void;
};
type Inner = {
  _form: {
    _getState: () => { data: object; properties: { readOnly?: boolean } };
    _getInitializedFieldData: (data: object, options: object) => unknown;
  };
  _eventBus: { fire: (event: string, told: object) => void };
  _pathRegistry: { getValuePath: (field: FormField, options: object) => (string | number)[] };
};

const listAt = (data: unknown, path: readonly (string | number)[]): unknown[] => {
  const found = path.reduce<unknown>(
    (at, part) => (at as Record<string | number, unknown> | null | undefined)?.[part],
    data,
  );
  return Array.isArray(found) ? found : [];
};

const Row = (props: { index: number; value: unknown; rest: Props; onRemove?: () => void }) => {
  const { index, value, rest, onRemove } = props;
  const { RowsRenderer, field, indexes, ...passed } = rest;
  const outer = useContext<Expressions>(LocalExpressionContext);
  const here = useMemo(
    () => ({
      data: outer.data,
      this: value,
      parent: buildExpressionContext({ ...outer, data: outer.this }) as unknown,
      i: [...outer.i, index + 1],
    }),
    [outer, value, index],
  );
  const name = t('form.row', { n: index + 1 });
  const Provider = (LocalExpressionContext as unknown as { Provider: FunctionComponent<{ value: Expressions }> })
    .Provider;
  return (
    <div class="field-row" role="group" aria-label={`${labelOf(field)}, ${name}`}>
      <div class="row between">
        <span class="label">{name}</span>
        {onRemove && (
          <button type="button" class="button quiet small" onClick={onRemove}>
            {t('form.removeRow')}
            <span class="vh">{` ${name}, ${labelOf(field)}`}</span>
          </button>
        )}
      </div>
      <Provider value={here}>
        <RowsRenderer {...passed} field={field} indexes={{ ...indexes, [field.id]: index }} />
      </Provider>
    </div>
  );
};

export class HouseRepeat extends RepeatRenderManager {
  override Repeater(props: Props) {
    const inner = this as unknown as Inner;
    const { field, indexes, onChange } = props;
    const { data, properties } = inner._form._getState();
    const dataPath = inner._pathRegistry.getValuePath(field, { indexes });
    const values = listAt(data, dataPath);
    const fixed = field.allowAddRemove !== true || properties.readOnly === true;
    const remove = (index: number) => {
      inner._eventBus.fire('repeatRenderManager.remove', { dataPath, index, item: values[index] });
      onChange({ field, value: values.filter((_value, at) => at !== index), ...(indexes ? { indexes } : {}) });
    };
    return (
      <>
        {values.map((value, index) => (
          <Row
            key={index}
            index={index}
            value={value}
            rest={props}
            {...(fixed ? {} : { onRemove: () => remove(index) })}
          />
        ))}
      </>
    );
  }

  override RepeatFooter(props: Props) {
    return <Footer inner={this as unknown as Inner} {...props} />;
  }
}

/** The button that adds a row. */
function Footer({ inner, field, indexes, onChange }: Props & { inner: Inner }) {
  const foot = useRef<HTMLDivElement>(null);
  const { data, properties } = inner._form._getState();
  const dataPath = inner._pathRegistry.getValuePath(field, { indexes });
  const values = listAt(data, dataPath);
  if (field.allowAddRemove !== true || properties.readOnly === true) return <></>;
  const add = () => {
    const row = inner._form._getInitializedFieldData(data, {
      container: field,
      indexes: { ...indexes, [field.id]: values.length },
    });
    inner._eventBus.fire('repeatRenderManager.add', { dataPath, index: values.length, item: row });
    onChange({ value: [...values, row] });
    // The new row is drawn after this; its first field is where the person goes on.
    requestAnimationFrame(() => {
      const rows = foot.current?.parentElement?.querySelectorAll<HTMLElement>('.field-row');
      rows?.[rows.length - 1]?.querySelector<HTMLElement>('input, select, textarea')?.focus();
    });
  };
  return (
    <div class="row field" ref={foot}>
      <button type="button" class="button" onClick={add}>
        {t('form.addRow')}
        <span class="vh">{`: ${labelOf(field)}`}</span>
      </button>
    </div>
  );
}
