/** A task of a person: who does it, by when, who is reminded and told, on which form, and whether it is a decision. */
import { useEffect, useState } from 'react';
import { Button } from '../components/basics';
import { ChoiceField, SelectField, type Option } from '../components/fields';
import { CalendarIcon } from '../components/icons';
import { shortDay } from '../format';
import { t, tCode } from '../i18n';
import { useSession } from '../session';
import { findDeadline } from './api';
import type { Element } from './bpmn';
import { nameOf } from './bpmn';
import { FeelLine } from './Feel';
import { extensionValue, property } from './model';
import { Line, Property, useError, usePanel } from './panel';
import { formOptions } from './options';
import { ladderWords, NAMED_LADDERS, readTerm, ROLLS, UNITS, writeTerm, type Term } from './rules';

const ASSIGNMENT = 'zeebe:AssignmentDefinition';
/** Persons that every case has. */
const CASE_TEAM = ['assistant', 'socialWorker'] as const;

const listOf = (text: string) =>
  text
    .split(',')
    .map((one) => one.trim())
    .filter(Boolean);

type Who = { kind: 'role' | 'team' | 'person' | 'raw'; assignee: string; roles: string[] };

export function readWho(element: Element): Who {
  const assignee = extensionValue(element, ASSIGNMENT, 'assignee');
  const groups = extensionValue(element, ASSIGNMENT, 'candidateGroups');
  const roles = groups.startsWith('=') ? [] : listOf(groups);
  if (groups.startsWith('=')) return { kind: 'raw', assignee, roles };
  if (assignee === '') return { kind: 'role', assignee, roles };
  if (CASE_TEAM.some((one) => assignee === `=${one}`)) return { kind: 'team', assignee, roles };
  return { kind: assignee.startsWith('=') ? 'raw' : 'person', assignee, roles };
}

/** "asystent tej rodziny" or the roles, for the drawing and the outline. */
export function assignmentWords(element: Element): string {
  const who = readWho(element);
  const roles = who.roles.map((role) => tCode('role', role)).join(', ');
  switch (who.kind) {
    case 'role':
      return roles === '' ? t('who.nobody') : roles;
    case 'team':
      return tCode('who.team', who.assignee.slice(1));
    case 'person':
      return who.assignee;
    case 'raw':
      return t('term.computed');
  }
}

export function TaskFields() {
  return (
    <>
      <WhoFields />
      <TermFields />
      <ReminderFields />
      <FormField />
      <ApprovalFields />
      <MoreFields />
    </>
  );
}

function WhoFields() {
  const { element, live, vocabulary } = usePanel();
  const who = readWho(element);
  const error = useError('assignment');
  const set = (next: Partial<Who>) => {
    const { assignee, roles } = { ...who, ...next };
    live.writer.extension(element, ASSIGNMENT, {
      assignee: assignee === '' ? undefined : assignee,
      candidateGroups: roles.length === 0 ? undefined : roles.join(', '),
    });
  };
  const choose = (kind: string) => {
    if (kind === 'role') set({ assignee: '' });
    else if (kind === 'team') set({ assignee: `=${CASE_TEAM[0]}` });
    else if (kind === 'person') set({ assignee: vocabulary.staff[0]?.userName ?? '', roles: [] });
  };
  const kinds: Option[] = (['role', 'team', 'person'] as const).map((value) => ({ value, label: t(`who.${value}`) }));
  if (who.kind === 'raw') kinds.push({ value: 'raw', label: t('term.computed') });
  return (
    <Property name="assignment">
      <SelectField label={t('who.label')} value={who.kind} options={kinds} onChange={choose} error={error} />
      {who.kind === 'team' && (
        <SelectField
          label={t('who.teamLabel')}
          value={who.assignee.slice(1)}
          options={CASE_TEAM.map((value) => ({ value, label: t(`who.team.${value}`) }))}
          onChange={(value) => set({ assignee: `=${value}` })}
        />
      )}
      {who.kind === 'person' && (
        <SelectField
          label={t('who.personLabel')}
          value={who.assignee}
          options={personsOf(vocabulary.staff, who.assignee)}
          onChange={(assignee) => set({ assignee })}
        />
      )}
      {who.kind !== 'raw' && who.kind !== 'person' && (
        <details className="more" open={who.roles.length === 0}>
          <summary>
            {t(who.kind === 'team' ? 'who.alsoRoles' : 'who.roles')}{' '}
            <b>{who.roles.map((role) => tCode('role', role)).join(', ')}</b>
          </summary>
          <ChoiceField
            label={t('who.rolesLabel')}
            many
            value={who.roles}
            options={vocabulary.roles.map((role) => ({ value: role.id, label: role.name }))}
            onChange={(roles) => set({ roles })}
          />
        </details>
      )}
    </Property>
  );
}

const personsOf = (staff: { userName: string; name: string }[], chosen: string): Option[] => {
  const options = staff.map((one) => ({ value: one.userName, label: one.name }));
  return options.some((one) => one.value === chosen) ? options : [{ value: chosen, label: chosen }, ...options];
};

function TermFields() {
  const { element, live, variables } = usePanel();
  const feel = extensionValue(element, 'zeebe:TaskSchedule', 'dueDate');
  const term = readTerm(feel);
  const error = useError('dueDate');
  const kindError = useError('deadline.kind');
  const set = (next: Term) => {
    const dueDate = writeTerm(next);
    live.writer.extension(element, 'zeebe:TaskSchedule', dueDate === '' ? null : { dueDate });
  };
  const choose = (kind: string) => {
    if (kind === 'none') set({ kind: 'none' });
    else if (kind === 'days') set({ kind: 'days', from: 'now()', amount: '7', unit: 'days', roll: 'forward' });
    else if (kind === 'hours') set({ kind: 'hours', from: 'now()', amount: '24' });
    else set({ kind: 'raw', text: feel === '' ? '=' : feel });
  };
  const froms = fromsOf(live.diagram.get('elementRegistry').getAll(), variables, term);
  return (
    <Property name="dueDate">
      <SelectField
        label={t('term.label')}
        value={term.kind}
        options={(['none', 'days', 'hours', 'raw'] as const).map((value) => ({
          value,
          label: t(`term.kind.${value}`),
        }))}
        onChange={choose}
        error={term.kind === 'raw' ? undefined : error}
      />
      {term.kind === 'raw' && (
        <FeelLine
          key={element.id}
          label={t('term.raw')}
          value={term.text}
          onCommit={(text) => set({ kind: 'raw', text })}
          error={error}
        />
      )}
      {(term.kind === 'days' || term.kind === 'hours') && (
        <>
          <div className="amount-unit">
            <Line
              label={t('term.amount')}
              value={term.amount}
              inputMode="numeric"
              onCommit={(amount) => set({ ...term, amount: amount.trim() })}
            />
            {term.kind === 'days' ? (
              <SelectField
                label={t('term.unit')}
                value={term.unit}
                options={UNITS.map((value) => ({ value, label: t(`term.unit.${value}`) }))}
                onChange={(unit) => set({ ...term, unit, roll: unit === 'working-days' ? '' : term.roll || 'forward' })}
              />
            ) : (
              <p className="unit-word">{t('term.unit.hours')}</p>
            )}
          </div>
          <SelectField
            label={t('term.from')}
            value={term.from}
            options={froms}
            onChange={(from) => set({ ...term, from })}
          />
        </>
      )}
      {term.kind === 'days' && (
        <>
          {term.unit !== 'working-days' && (
            <SelectField
              label={t('term.roll')}
              value={term.roll}
              options={ROLLS.map((value) => ({ value, label: t(`term.roll.${value}`) }))}
              {...(term.roll === '' ? { none: t('term.roll.usual') } : {})}
              onChange={(roll) => set({ ...term, roll })}
            />
          )}
          <Example term={term} />
        </>
      )}
      {term.kind !== 'none' && (
        <>
          <Property name="deadline.kind">
            <SelectField
              label={t('term.deadlineKind')}
              value={property(element, 'deadline.kind')}
              options={(['STAT', 'COURT', 'CUST', 'HOUSE'] as const).map((value) => ({
                value,
                label: t(`term.deadlineKind.${value}`),
              }))}
              none={t('term.deadlineKind.none')}
              onChange={(value) => live.writer.properties(element, { 'deadline.kind': value })}
              error={kindError}
            />
          </Property>
          <Line
            key={`${element.id} basis`}
            property="deadline.basis"
            label={t('term.basis')}
            value={property(element, 'deadline.basis')}
            onCommit={(value) => live.writer.properties(element, { 'deadline.basis': value })}
            optional
          />
        </>
      )}
    </Property>
  );
}

/** From what terms are counted here already, and every date an answer gives. */
function fromsOf(all: Element[], variables: ReturnType<typeof usePanel>['variables'], term: Term): Option[] {
  const names = new Set<string>(['now()']);
  for (const one of all) {
    if (one.type !== 'bpmn:UserTask') continue;
    const other = readTerm(extensionValue(one, 'zeebe:TaskSchedule', 'dueDate'));
    if (other.kind === 'days' && /^\w+$/.test(other.from)) names.add(other.from);
  }
  for (const one of variables.values()) if (one.kind === 'datetime') names.add(one.key);
  if (term.kind === 'days' || term.kind === 'hours') names.add(term.from);
  return [...names].map((value) => ({
    value,
    label: value === 'now()' ? t('term.from.now') : (variables.get(value)?.label ?? tCode('term.from', value)),
  }));
}

const ASK_MS = 300;

/** What the rule gives when it starts today. */
function Example({ term }: { term: Extract<Term, { kind: 'days' }> }) {
  const { centre } = useSession();
  const [found, setFound] = useState<{ of: string; dueOn: string; explanation: string } | null>(null);
  const amount = Number(term.amount);
  const id = `${term.amount} ${term.unit} ${term.roll}`;
  useEffect(() => {
    if (!Number.isInteger(amount) || amount < 0 || term.amount === '') return;
    let wanted = true;
    const timer = setTimeout(() => {
      const asked = { amount, unit: term.unit, from: centre.today, ...(term.roll === '' ? {} : { roll: term.roll }) };
      void findDeadline(asked).then((answer) => {
        if (wanted && answer.ok) setFound({ of: id, ...answer.value });
      });
    }, ASK_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [amount, term.amount, term.unit, term.roll, centre.today, id]);
  if (found?.of !== id) return null;
  return (
    <p className="example" role="status">
      <CalendarIcon />
      <span>
        {t('term.example', { day: shortDay(found.dueOn.slice(0, 10), centre.today) })}
        <small>{found.explanation}</small>
      </span>
    </p>
  );
}

function ReminderFields() {
  const { element, live, vocabulary } = usePanel();
  const value = property(element, 'reminders');
  const isNamed = value === '' || NAMED_LADDERS.some((one) => one === value);
  const error = useError('reminders');
  const escalation = listOf(property(element, 'escalation'));
  const told = vocabulary.ladders.map((one) => ({ value: one.id, label: one.text }));
  const named = told.length > 0 ? told : NAMED_LADDERS.map((one) => ({ value: one, label: t(`ladder.named.${one}`) }));
  const set = (reminders: string) => live.writer.properties(element, { reminders });
  const setEscalation = (roles: string[]) => live.writer.properties(element, { escalation: roles.join(', ') });
  return (
    <>
      <Property name="reminders">
        <SelectField
          label={t('ladder.label')}
          value={isNamed ? value : 'free'}
          options={[...named, { value: 'free', label: t('ladder.free') }]}
          {...(value === '' ? { none: t('ladder.usual') } : {})}
          onChange={(next) => set(next === 'free' ? '-3wd,-1wd,0' : next)}
          error={isNamed ? error : undefined}
        />
        {!isNamed && (
          <>
            <Line
              key={element.id}
              label={t('ladder.own')}
              hint={t('ladder.hint')}
              value={value}
              onCommit={set}
              error={error}
            />
            {!value.startsWith('=') && <p className="example">{ladderWords(value)}</p>}
          </>
        )}
      </Property>
      <Property name="escalation">
        <p className="label">{t('ladder.escalation')}</p>
        <ol className="role-list">
          {escalation.map((role) => (
            <li key={role}>
              {tCode('role', role)}
              <Button
                kind="quiet"
                aria-label={t('ladder.without', { who: tCode('role', role) })}
                onClick={() => setEscalation(escalation.filter((one) => one !== role))}
              >
                {t('ladder.take')}
              </Button>
            </li>
          ))}
        </ol>
        <SelectField
          label={t('ladder.alsoTo')}
          value=""
          none={t('ladder.choose')}
          options={vocabulary.roles
            .filter((role) => !escalation.includes(role.id))
            .map((role) => ({ value: role.id, label: role.name }))}
          onChange={(role) => {
            if (role !== '') setEscalation([...escalation, role]);
          }}
        />
      </Property>
    </>
  );
}

function FormField() {
  const { element, live, files, vocabulary, openFile } = usePanel();
  const formId = extensionValue(element, 'zeebe:FormDefinition', 'formId');
  const own = Object.keys(files)
    .filter((name) => name.endsWith('.form'))
    .map((name) => name.slice(0, -5));
  const known = formOptions(files, own, vocabulary.forms, formId);
  const error = useError('formId');
  return (
    <Property name="formId">
      <SelectField
        label={t('taskForm.label')}
        value={formId}
        none={t('taskForm.none')}
        options={known}
        onChange={(next) =>
          live.writer.extension(
            element,
            'zeebe:FormDefinition',
            next === '' ? null : { formId: next, bindingType: 'deployment' },
          )
        }
        error={error}
      />
      {own.includes(formId) && (
        <Button kind="quiet" onClick={() => openFile(`${formId}.form`)}>
          {t('taskForm.open')}
        </Button>
      )}
    </Property>
  );
}

const BUTTONS = ['approve', 'refuse', 'return'] as const;

function ApprovalFields() {
  const { element, live } = usePanel();
  const value = property(element, 'approval');
  const error = useError('approval');
  const set = (name: string) => (next: string) => live.writer.properties(element, { [name]: next });
  return (
    <Property name="approval">
      <SelectField
        label={t('approval.label')}
        value={value}
        none={t('approval.none')}
        options={(['normal', 'high'] as const).map((one) => ({ value: one, label: t(`approval.${one}`) }))}
        onChange={set('approval')}
        error={error}
      />
      {value !== '' && (
        <details className="more">
          <summary>{t('approval.buttons')}</summary>
          {BUTTONS.map((button) => (
            <div key={`${element.id} ${button}`}>
              <Line
                property={`approval.${button}`}
                label={t(`approval.${button}`)}
                value={property(element, `approval.${button}`)}
                onCommit={set(`approval.${button}`)}
                optional={button !== 'approve'}
              />
              <Line
                property={`approval.${button}.value`}
                label={t('approval.writes')}
                value={property(element, `approval.${button}.value`)}
                onCommit={set(`approval.${button}.value`)}
                optional
              />
            </div>
          ))}
          {(['decision', 'comment', 'shows'] as const).map((name) => (
            <Line
              key={`${element.id} ${name}`}
              property={`approval.${name}`}
              label={t(`approval.${name}`)}
              value={property(element, `approval.${name}`)}
              onCommit={set(`approval.${name}`)}
              optional
            />
          ))}
        </details>
      )}
    </Property>
  );
}

function MoreFields() {
  const { element, live } = usePanel();
  const others = live.diagram
    .get('elementRegistry')
    .filter((one) => one.type === 'bpmn:UserTask' && one.id !== element.id)
    .map((one) => ({ value: one.id, label: nameOf(one) || one.id }));
  return (
    <>
      <Property name="notSamePersonAs">
        <SelectField
          label={t('task.notSame')}
          value={property(element, 'notSamePersonAs')}
          none={t('task.notSameNone')}
          options={others}
          onChange={(value) => live.writer.properties(element, { notSamePersonAs: value })}
        />
      </Property>
      <Line
        key={element.id}
        property="notificationName"
        label={t('task.notificationName')}
        hint={t('task.notificationHint')}
        value={property(element, 'notificationName')}
        onCommit={(value) => live.writer.properties(element, { notificationName: value })}
        optional
      />
    </>
  );
}
