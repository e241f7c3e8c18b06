/** Acts in a case that need a few words: a late entry, confidentiality, a link, another person in charge. */
import { useState } from 'react';
import type { CaseBrief, Person } from '../api';
import { addEntry, changeCaseTeam, getCase, linkCase, setConfidentiality } from '../api';
import { plainDay } from '../format';
import { t } from '../i18n';
import { useSession } from '../session';
import { ActDialog, type Errors } from './ActDialog';
import { ChoiceField, InputField, SelectField, TextField } from './fields';
import { toast } from './Overlay';
import { StaffField } from './StaffField';

type Props = { caseNo: string; onClose: () => void; onDone: () => void };

/** What is still missing, by field; nothing where all is there. */
export const missing = (values: Record<string, [string, string]>): Errors =>
  Object.fromEntries(
    Object.entries(values).map(([field, [value, words]]) => [field, value.trim() === '' ? words : undefined]),
  );

/** The codes of the form `entry` on the server. */
const KINDS = ['visit', 'contact', 'letter', 'event', 'correction', 'other'] as const;

/** A fact written down later stands in the case on its true day. */
export function EntryDialog({ caseNo, onClose, onDone }: Props) {
  const { centre } = useSession();
  const [day, setDay] = useState(centre.today);
  const [kind, setKind] = useState<string>('visit');
  const [text, setText] = useState('');
  const check = (): Errors => ({
    ...missing({ occurredOn: [day, t('entry.dayMissing')], text: [text, t('entry.textMissing')] }),
    ...(day > centre.today ? { occurredOn: t('entry.dayAhead', { day: plainDay(centre.today, centre.today) }) } : {}),
  });
  return (
    <ActDialog
      title={t('entry.title')}
      act={t('entry.act')}
      keep={t('entry.keep')}
      check={check}
      run={(intention) => addEntry(caseNo, { occurredOn: day, kind, text: text.trim() }, intention)}
      onClose={onClose}
      onDone={() => {
        onDone();
        toast(t('entry.done'));
      }}
    >
      {(errors) => (
        <>
          <InputField
            label={t('entry.day')}
            hint={t('entry.dayHint')}
            type="date"
            short
            max={centre.today}
            value={day}
            onChange={setDay}
            error={errors['occurredOn']}
          />
          <SelectField
            label={t('entry.kind')}
            options={KINDS.map((one) => ({ value: one, label: t(`entry.kind.${one}`) }))}
            value={kind}
            onChange={setKind}
            error={errors['kind']}
          />
          <TextField
            label={t('entry.text')}
            hint={t('entry.textHint')}
            value={text}
            onChange={setText}
            error={errors['text']}
          />
        </>
      )}
    </ActDialog>
  );
}

export function ConfidentialityDialog({ caseNo, restricted, onClose, onDone }: Props & { restricted: boolean }) {
  const [reason, setReason] = useState('');
  return (
    <ActDialog
      title={t(restricted ? 'restrict.openTitle' : 'restrict.title')}
      act={t(restricted ? 'restrict.openAct' : 'restrict.act')}
      check={() => missing({ reason: [reason, t('reason.missing')] })}
      run={() => setConfidentiality(caseNo, !restricted, reason.trim())}
      onClose={onClose}
      onDone={() => {
        onDone();
        toast(t(restricted ? 'restrict.openDone' : 'restrict.done'));
      }}
    >
      {(errors) => (
        <>
          <p>{t(restricted ? 'restrict.openFollows' : 'restrict.follows')}</p>
          <TextField label={t('reason.label')} value={reason} onChange={setReason} error={errors['reason']} />
        </>
      )}
    </ActDialog>
  );
}

export function LinkDialog({ caseNo, onClose, onDone }: Props) {
  const [other, setOther] = useState('');
  const [why, setWhy] = useState('');
  return (
    <ActDialog
      title={t('link.title')}
      act={t('link.act')}
      check={() => missing({ caseNo: [other, t('link.noMissing')], why: [why, t('link.whyMissing')] })}
      run={() => linkCase(caseNo, other.trim(), why.trim())}
      onClose={onClose}
      onDone={() => {
        onDone();
        toast(t('link.done'));
      }}
    >
      {(errors) => (
        <>
          <InputField
            label={t('link.no')}
            hint={t('link.noHint')}
            short
            spellCheck={false}
            autoComplete="off"
            value={other}
            onChange={setOther}
            error={errors['caseNo']}
          />
          <TextField label={t('link.why')} value={why} onChange={setWhy} error={errors['why']} />
        </>
      )}
    </ActDialog>
  );
}

export type Relation = 'assistant' | 'socialWorker';

/** Another assistant or social worker: her open tasks go with the case. */
export function ReassignDialog({
  caseNo,
  relation,
  before,
  onClose,
  onDone,
}: Props & { relation: Relation; before: Person | null }) {
  const [userName, setUserName] = useState('');
  const [reason, setReason] = useState('');
  return (
    <ActDialog
      title={t(`reassign.${relation}`)}
      act={t(`reassign.${relation}Act`)}
      check={() => missing({ userName: [userName, t('reassign.whoMissing')], reason: [reason, t('reason.missing')] })}
      run={() => changeCaseTeam(caseNo, { relation, userName, reason: reason.trim() })}
      onClose={onClose}
      onDone={() => {
        onDone();
        toast(t('reassign.done'));
      }}
    >
      {(errors) => (
        <>
          {before !== null && <p>{t('reassign.before', { who: before.name })}</p>}
          <StaffField
            label={t('reassign.who')}
            role={relation === 'assistant' ? 'assistant' : 'social_worker'}
            except={before?.userName}
            value={userName}
            onChange={setUserName}
            error={errors['userName']}
          />
          <TextField label={t('reason.label')} value={reason} onChange={setReason} error={errors['reason']} />
          <p className="small quiet">{t('reassign.follows')}</p>
        </>
      )}
    </ActDialog>
  );
}

/** The same from the page of the team, where the case is known by its number. */
export function HandOverDialog({ onClose, onDone }: Omit<Props, 'caseNo'>) {
  const [caseNo, setCaseNo] = useState('');
  const [relation, setRelation] = useState<Relation>('assistant');
  const [found, setFound] = useState<CaseBrief | null>(null);
  if (found !== null) {
    const { [relation]: before } = found;
    return (
      <ReassignDialog caseNo={found.caseNo} relation={relation} before={before} onClose={onClose} onDone={onDone} />
    );
  }
  return (
    <ActDialog
      title={t('handOver.title')}
      act={t('handOver.act')}
      check={() => missing({ caseNo: [caseNo, t('handOver.noMissing')] })}
      run={() => getCase(caseNo.trim())}
      onClose={onClose}
      onDone={({ brief }) => setFound(brief)}
    >
      {(errors) => (
        <>
          <InputField
            label={t('handOver.no')}
            short
            spellCheck={false}
            autoComplete="off"
            value={caseNo}
            onChange={setCaseNo}
            error={errors['caseNo']}
          />
          <ChoiceField
            label={t('handOver.relation')}
            options={(['assistant', 'socialWorker'] as const).map((one) => ({
              value: one,
              label: t(`relation.${one}`),
            }))}
            value={relation}
            onChange={(value) => setRelation(value as Relation)}
          />
        </>
      )}
    </ActDialog>
  );
}
