/**
 * A form of the procedure: form-js on the schema the server validates, with the fields, words and rules of the house. The
 * parent asks it through a handle; it never speaks to the server itself.
 */
import { Form } from '@bpmn-io/form-js-viewer';
import { useEffect, useImperativeHandle, useRef, type Ref } from 'react';
import type { Content } from '../api';
import type { FieldError } from '../components/ErrorSummary';
import { t } from '../i18n';
import '../styles/formjs.css';
import { houseFields } from './fields';
import { HouseRepeat } from './repeat';
import { judge, labelOf, pathText, type FormField } from './words';

type Instance = { id: string; instanceId?: string; valuePath: (string | number)[]; indexes?: Record<string, number> };
type Errors = Record<string, unknown>;
type Validator = { validateFieldInstance: (instance: Instance, value: unknown) => string[] };

/** Registers the fields of the house and judges answers in its words. */
function houseRules(
  formFields: { register: (type: string, field: unknown) => void },
  validator: Validator,
  registry: { get: (id: string) => FormField | undefined },
) {
  for (const [type, field] of Object.entries(houseFields)) formFields.register(type, field);
  const theirs = validator.validateFieldInstance.bind(validator);
  // An empty field is no error while the person is still on the way to it: only completing asks for it.
  const rules = { complete: false };
  validator.validateFieldInstance = (instance, value) => {
    const field = registry.get(instance.id);
    return field === undefined ? [] : judge(field, value, theirs(instance, value), rules.complete);
  };
  return rules;
}
houseRules.$inject = ['formFields', 'validator', 'formFieldRegistry'];

const houseModule = {
  __init__: ['houseRules'],
  houseRules: ['factory', houseRules],
  repeatRenderManager: ['type', HouseRepeat],
};

export type FormHandle = {
  /** Every answer typed so far, also those now hidden by a condition: what a draft keeps. */
  content: () => Content;
  /** Judges all fields. `form` is what the server gets; with errors it is null. */
  submit: () => { form: Content | null; errors: FieldError[] };
  /** Puts the server's errors to their fields and gives the lines of the summary. */
  showErrors: (errors: Record<string, string[]>) => FieldError[];
};

type Props = {
  schema: Content;
  /** What expressions of the form may read. */
  variables?: Content;
  /** Answers to begin with. Later changes of this value do not touch what was typed; give a new `key` instead. */
  content: Content;
  readOnly?: boolean;
  label: string;
  /** The form is on the page with its first content. */
  onReady?: (() => void) | undefined;
  onChange?: (() => void) | undefined;
  onBlur?: (() => void) | undefined;
  handle?: Ref<FormHandle> | undefined;
};

/** The names of the answers on the top level. */
export function answerNames(schema: Content): Set<string> {
  const names = new Set<string>();
  const visit = (fields: FormField[]) => {
    for (const field of fields) {
      const path = field.key ?? field['path'];
      if (typeof path === 'string' && path !== '') names.add(path.split('.')[0] ?? path);
      else visit(field.components ?? []);
    }
  };
  visit((schema['components'] ?? []) as FormField[]);
  return names;
}

export function FormView({ schema, variables, content, readOnly, label, onReady, onChange, onBlur, handle }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const form = useRef<Form | null>(null);
  const first = useRef({ schema, variables, content, readOnly, label });
  const told = useRef({ onReady, onChange, onBlur });
  useEffect(() => {
    told.current = { onReady, onChange, onBlur };
  });

  useEffect(() => {
    if (place.current === null) return;
    const given = first.current;
    const names = answerNames(given.schema);
    const readable = Object.entries(given.variables ?? {}).filter(([name]) => !names.has(name));
    const made = new Form({
      container: place.current,
      additionalModules: [houseModule],
      properties: { readOnly: given.readOnly ?? false, ariaLabel: given.label },
    });
    form.current = made;
    let ready = false;
    void made
      .importSchema(structuredClone(given.schema) as never, {
        ...Object.fromEntries(readable),
        ...structuredClone(given.content),
      })
      .then(() => {
        ready = true;
        if (form.current === made) told.current.onReady?.();
      });
    made.on('changed', () => {
      if (ready) told.current.onChange?.();
    });
    made.on('formField.blur', () => told.current.onBlur?.());
    return () => {
      form.current = null;
      made.destroy();
    };
  }, []);

  useImperativeHandle(handle, () => {
    const ask = <T,>(read: (made: Form) => T, otherwise: T): T =>
      form.current === null ? otherwise : read(form.current);
    return {
      content: () => ask((made) => answersOf(made, first.current.schema), first.current.content),
      submit: () =>
        ask<{ form: Content | null; errors: FieldError[] }>(
          (made) => {
            made.get<{ complete: boolean }>('houseRules').complete = true;
            const { data, errors } = made.submit() as unknown as { data: Content; errors: Errors };
            return Object.keys(errors).length === 0
              ? { form: data, errors: [] }
              : { form: null, errors: summary(made, place.current) };
          },
          { form: null, errors: [] },
        ),
      showErrors: (errors) =>
        ask((made) => {
          const unplaced = putErrors(made, errors);
          const placed = summary(made, place.current);
          return [...unplaced.map((text) => ({ id: '', text })), ...placed];
        }, []),
    };
  }, []);

  return <div className="form" ref={place} />;
}

type State = { data: Content; errors: Errors };
const stateOf = (made: Form) => (made as unknown as { _getState: () => State })._getState();
const instancesOf = (made: Form) =>
  made.get<{ getAllKeyed: () => Instance[] }>('formFieldInstanceRegistry').getAllKeyed();
const fieldOf = (made: Form, id: string) =>
  made.get<{ get: (id: string) => FormField | undefined }>('formFieldRegistry').get(id);

function answersOf(made: Form, schema: Content): Content {
  const names = answerNames(schema);
  return Object.fromEntries(Object.entries(stateOf(made).data).filter(([name]) => names.has(name)));
}

const errorPath = (instance: Instance) => [instance.id, ...Object.values(instance.indexes ?? {})];

function errorsAt(errors: Errors, instance: Instance): string[] {
  const found = errorPath(instance).reduce<unknown>((at, part) => (at as Errors | undefined)?.[part], errors);
  return Array.isArray(found) ? found.filter((one): one is string => typeof one === 'string') : [];
}

/** The lines of the summary in the order of the page. */
function summary(made: Form, place: HTMLElement | null): FieldError[] {
  const { errors } = stateOf(made);
  const lines = instancesOf(made).flatMap((instance) => {
    const field = fieldOf(made, instance.id);
    const words = errorsAt(errors, instance);
    if (field === undefined || words.length === 0) return [];
    const formId = (made as unknown as { _id: string })._id;
    const at = errorPath(instance).join('_');
    const id = `fjs-form-${formId}-${at}-field`;
    const said = words.join(' ');
    const text = said.includes(labelOf(field))
      ? said
      : t('errors.line', { label: labelOf(field), text: lowerFirst(said) });
    return [{ id, text }];
  });
  const order = new Map(Array.from(place?.querySelectorAll('[id$="-field"]') ?? [], (one, index) => [one.id, index]));
  return lines.sort((one, other) => (order.get(one.id) ?? 0) - (order.get(other.id) ?? 0));
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

/** Gives back the words whose field is not on the page. */
function putErrors(made: Form, told: Record<string, string[]>): string[] {
  const errors: Errors = {};
  const instances = new Map(instancesOf(made).map((instance) => [pathText(instance.valuePath), instance]));
  const unplaced: string[] = [];
  for (const [path, words] of Object.entries(told)) {
    const instance = instances.get(path);
    if (instance === undefined) {
      unplaced.push(...words);
      continue;
    }
    const way = errorPath(instance);
    const last = way[way.length - 1] as string | number;
    const holder = way.slice(0, -1).reduce<Errors>((at, part) => (at[part] ??= {}) as Errors, errors);
    holder[last] = words;
  }
  (made as unknown as { _setState: (state: Partial<State>) => void })._setState({ errors });
  return unplaced;
}
