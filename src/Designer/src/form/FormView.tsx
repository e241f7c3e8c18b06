/**
 * A form of the procedure: form-js on the schema the server validates, with the fields, words and rules of the house.
 * The
 * parent asks it through a handle; it never speaks to the server itself.
 */
import { Form } from '@bpmn-io/form-js-viewer';
import { useCallback, useEffect, useImperativeHandle, useMemo, useRef, useState, type Ref } from 'react';
import type { Content } from '../api';
import type { FieldError } from '../components/ErrorSummary';
import { t } from '../i18n';
import '../styles/formjs.css';
import { houseFields } from './fields';
import { PartList } from './PartList';
import { arrange, partsOf, type Part, type PartsShown, type PartState } from './parts';
import { HouseRepeat } from './repeat';
import { judge, pathText, placeWords, type FormField } from './words';

type Instance = { id: string; instanceId?: string; valuePath: (string | number)[]; indexes?: Record<string, number> };
type Errors = Record<string, unknown>;
type Validator = { validateFieldInstance: (instance: Instance, value: unknown) => string[] };

/** What is asked for: everything once completing was tried, before that the parts the person has gone on from. */
type Rules = { complete: boolean; asked: (fieldId: string) => boolean };

/** Registers the fields of the house and judges answers in its words. */
function houseRules(
  formFields: { register: (type: string, field: unknown) => void },
  validator: Validator,
  registry: { get: (id: string) => FormField | undefined },
) {
  for (const [type, field] of Object.entries(houseFields)) formFields.register(type, field);
  const theirs = validator.validateFieldInstance.bind(validator);
  // An empty field is no error while the person is still on the way to it: only completing asks for it.
  const rules: Rules = { complete: false, asked: () => false };
  validator.validateFieldInstance = (instance, value) => {
    const field = registry.get(instance.id);
    const complete = rules.complete || rules.asked(instance.id);
    return field === undefined ? [] : judge(field, value, theirs(instance, value), complete);
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
  /** To the next or the part before. Going on judges the open part: with errors it stays open, and they are given. */
  turnPart: (by: 1 | -1) => FieldError[];
  /** Opens the part of a line of the summary, so that its field can be gone to. */
  reveal: (error: FieldError) => void;
};

/** Where the person is in a form with parts: the names of the parts beside the open one, null where there is none. */
export type PartPlace = { before: string | null; after: string | null };

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
  /** A long form may be shown in parts; told is where she is, null while the form is one page. */
  onPart?: ((place: PartPlace | null) => void) | undefined;
  /** Begin at the first part that is not finished. */
  resume?: boolean;
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

export function FormView(props: Props) {
  const { schema, variables, content, readOnly, label, resume, onReady, onChange, onBlur, onPart, handle } = props;
  const place = useRef<HTMLDivElement>(null);
  const form = useRef<Form | null>(null);
  const first = useRef({ schema, variables, content, readOnly, label, resume });
  const told = useRef({ onReady, onChange, onBlur, onPart });
  const list = useMemo(() => (onPart === undefined || readOnly ? [] : partsOf(schema)), [schema, readOnly, onPart]);
  const parts = useParts(list, form, place, told);
  useEffect(() => {
    told.current = { onReady, onChange, onBlur, onPart };
  });

  const { begin, look, changed } = parts;
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
    // A condition may draw a row anew: it is hidden or shown before anybody sees it.
    const drawn = new MutationObserver(look);
    drawn.observe(place.current, { childList: true, subtree: true });
    void made
      .importSchema(structuredClone(given.schema) as never, {
        ...Object.fromEntries(readable),
        ...structuredClone(given.content),
      })
      .then(() => {
        ready = true;
        if (form.current !== made) return;
        begin(given.resume === true);
        told.current.onReady?.();
      });
    made.on('changed', () => {
      if (!ready) return;
      told.current.onChange?.();
      changed();
    });
    made.on('formField.blur', () => told.current.onBlur?.());
    return () => {
      form.current = null;
      drawn.disconnect();
      made.destroy();
    };
  }, [begin, look, changed]);

  const { turn, reveal } = parts;
  useImperativeHandle(handle, () => {
    const ask = <T,>(read: (made: Form) => T, otherwise: T): T =>
      form.current === null ? otherwise : read(form.current);
    return {
      content: () => ask((made) => answersOf(made, first.current.schema), first.current.content),
      submit: () =>
        ask<{ form: Content | null; errors: FieldError[] }>(
          (made) => {
            made.get<Rules>('houseRules').complete = true;
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
      turnPart: turn,
      reveal,
    };
  }, [turn, reveal]);

  return (
    <>
      {parts.shown !== null && <PartList shown={parts.shown} onOpen={parts.open} heading={parts.heading} />}
      <div className="form" ref={place} />
    </>
  );
}

type Told = { current: Pick<Props, 'onPart'> };
const LOOK_AFTER_MS = 150;

/** Which part is open, what of the others is finished, and the ways between them. */
function useParts(list: Part[], form: { current: Form | null }, place: { current: HTMLDivElement | null }, told: Told) {
  const [shown, setShown] = useState<PartsShown | null>(null);
  const heading = useRef<HTMLHeadingElement>(null);
  // What the person has gone on from (asked) or away from (left); kept aside of the state, which is for drawing.
  const at = useRef({ open: 0, asked: new Set<number>(), left: new Set<number>(), timer: 0, told: '' });

  const look = useCallback(() => {
    const made = form.current;
    if (made === null || place.current === null || list.length === 0) return;
    const now = at.current;
    const drawn = new Set(instancesOf(made).map((instance) => instance.id));
    const present = list.map((part) => [...part.ids].some((id) => drawn.has(id)));
    if (!present[now.open]) now.open = Math.max(present.indexOf(true), 0);
    const many = present.filter(Boolean).length > 1;
    arrange(made, place.current, many ? (list[now.open] ?? null) : null);
    const next = many ? { parts: statesOf(made, list, present, now), at: now.open } : null;
    setShown((before) => (JSON.stringify(before) === JSON.stringify(next) ? before : next));
    const open = next?.parts.findIndex((part) => part.index === now.open) ?? -1;
    const beside = next && { before: next.parts[open - 1]?.name ?? null, after: next.parts[open + 1]?.name ?? null };
    if (now.told === JSON.stringify(beside)) return;
    now.told = JSON.stringify(beside);
    told.current.onPart?.(beside);
  }, [list, form, place, told]);

  const open = useCallback(
    (index: number) => {
      const now = at.current;
      now.left.add(now.open);
      now.open = index;
      look();
      // The heading is drawn with the part it names.
      requestAnimationFrame(() => {
        heading.current?.focus({ preventScroll: true });
        heading.current?.scrollIntoView({ block: 'start' });
      });
    },
    [look],
  );

  const begin = useCallback(
    (resume: boolean) => {
      const made = form.current;
      if (made === null || list.length === 0) return;
      const now = at.current;
      made.get<Rules>('houseRules').asked = (id) => [...now.asked].some((index) => list[index]?.ids.has(id));
      if (resume) {
        const missing = missingIn(made);
        const first = list.findIndex((part) => [...part.ids].some((id) => missing.has(id)));
        now.open = first < 0 ? list.length - 1 : first;
        for (let index = 0; index < now.open; index += 1) now.left.add(index);
      }
      look();
    },
    [form, list, look],
  );

  const changed = useCallback(() => {
    const now = at.current;
    window.clearTimeout(now.timer);
    now.timer = window.setTimeout(look, LOOK_AFTER_MS);
  }, [look]);

  const turn = useCallback(
    (by: 1 | -1): FieldError[] => {
      const made = form.current;
      if (made === null || shown === null) return [];
      const now = at.current;
      if (by === 1) {
        now.asked.add(now.open);
        made.validate();
        const errors = summary(made, place.current).filter(({ field }) => list[now.open]?.ids.has(field ?? ''));
        if (errors.length > 0) {
          look();
          return errors;
        }
      }
      const next = shown.parts[shown.parts.findIndex((part) => part.index === now.open) + by];
      if (next !== undefined) open(next.index);
      return [];
    },
    [form, list, look, open, place, shown],
  );

  const reveal = useCallback(
    ({ field }: FieldError) => {
      const index = list.findIndex((part) => part.ids.has(field ?? ''));
      if (index < 0 || index === at.current.open) return;
      at.current.left.add(at.current.open);
      at.current.open = index;
      look();
    },
    [list, look],
  );

  useEffect(() => {
    const now = at.current;
    return () => window.clearTimeout(now.timer);
  }, []);
  return { shown, heading, open, begin, look, changed, turn, reveal };
}

/** Ids of drawn fields whose answer would be refused now, were it asked for; nothing is shown of it. */
function missingIn(made: Form): Set<string> {
  const rules = made.get<Rules>('houseRules');
  const validator = made.get<Validator>('validator');
  const { data } = stateOf(made);
  const before = rules.complete;
  rules.complete = true;
  const missing = instancesOf(made).filter(({ id, valuePath, ...rest }) => {
    if (fieldOf(made, id)?.['disabled'] === true) return false;
    const value = valuePath.reduce<unknown>((inside, part) => (inside as Content | undefined)?.[part], data);
    return validator.validateFieldInstance({ id, valuePath, ...rest }, value).length > 0;
  });
  rules.complete = before;
  return new Set(missing.map(({ id }) => id));
}

function statesOf(made: Form, list: Part[], present: boolean[], now: { asked: Set<number>; left: Set<number> }) {
  const { complete } = made.get<Rules>('houseRules');
  const missing = missingIn(made);
  const { errors } = stateOf(made);
  return list.flatMap((part, index) => {
    if (!present[index]) return [];
    const ids = [...part.ids];
    const bad = ids.some((id) => errors[id] !== undefined && (complete || now.asked.has(index)));
    const open = ids.some((id) => missing.has(id));
    const seen = complete || now.asked.has(index) || now.left.has(index);
    const state: PartState = bad ? 'bad' : seen && !open ? 'ok' : 'todo';
    return [{ index, name: part.name, state }];
  });
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
    return [{ id, field: instance.id, text: lineOf(made, instance, field, words.join(' ')) }];
  });
  const order = new Map(Array.from(place?.querySelectorAll('[id$="-field"]') ?? [], (one, index) => [one.id, index]));
  return lines.sort((one, other) => (order.get(one.id) ?? 0) - (order.get(other.id) ?? 0));
}

/** A line of the summary names the row of a list, and the group where another field has the same label. */
function lineOf(made: Form, instance: Instance, field: FormField, said: string): string {
  const form = made.get<{ getForm: () => FormField }>('formFieldRegistry').getForm();
  const { place, label } = placeWords(form.components ?? [], field, instance.indexes ?? {});
  if (said.includes(label)) return place === '' ? said : t('errors.line', { label: place, text: lowerFirst(said) });
  const where = place === '' ? label : t('errors.place', { place, label });
  return t('errors.line', { label: where, text: lowerFirst(said) });
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
