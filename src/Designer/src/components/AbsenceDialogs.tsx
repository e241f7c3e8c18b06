/** Reporting an absence, and ending one; both say what happens to the tasks. */
import { useState } from 'react';
import type { Absence } from '../api';
import { addAbsence, endAbsence, refuseAbsence } from '../api';
import { rangeWords } from '../absences';
import { t } from '../i18n';
import { useSession } from '../session';
import { ActDialog, type Errors } from './ActDialog';
import { missing } from './CaseDialogs';
import { ChoiceField, InputField, TextField } from './fields';
import { toast } from './Overlay';
import { StaffField } from './StaffField';

type Props = { onClose: () => void; onDone: () => void };

export function AbsenceDialog({ manage, onClose, onDone }: Props & { manage: boolean }) {
  const { me, centre } = useSession();
  const [who, setWho] = useState('');
  const [from, setFrom] = useState(centre.today);
  const [to, setTo] = useState('');
  const [substitute, setSubstitute] = useState('');
  const [scope, setScope] = useState<Absence['scope']>('all');
  const [authorisation, setAuthorisation] = useState('');
  const absent = who === '' ? me.userName : who;
  const check = (): Errors => ({
    ...missing({ from: [from, t('absence.fromMissing')], to: [to, t('absence.toMissing')] }),
    ...(to !== '' && to < from ? { to: t('absence.toEarly') } : {}),
  });
  const run = (intention: string) =>
    addAbsence(
      {
        ...(absent === me.userName ? {} : { userName: absent }),
        from,
        to,
        ...(substitute === '' ? {} : { substitute }),
        scope,
        ...(authorisation.trim() === '' ? {} : { authorisation: authorisation.trim() }),
      },
      intention,
    );
  return (
    <ActDialog
      title={t('absence.report')}
      act={t('absence.act')}
      keep={t('absence.keep')}
      check={check}
      run={run}
      onClose={onClose}
      onDone={() => {
        onDone();
        toast(t('absence.reported'));
      }}
    >
      {(errors) => (
        <>
          {manage && (
            <StaffField
              label={t('absence.person')}
              none={t('absence.me', { who: me.name })}
              except={me.userName}
              value={who}
              onChange={setWho}
              error={errors['userName']}
            />
          )}
          <div className="input-pair">
            <InputField
              label={t('absence.from')}
              type="date"
              short
              value={from}
              onChange={setFrom}
              error={errors['from']}
            />
            <InputField
              label={t('absence.to')}
              type="date"
              short
              min={from}
              value={to}
              onChange={setTo}
              error={errors['to']}
            />
          </div>
          <StaffField
            label={t('absence.substitute')}
            optional
            none={t('absence.nobody')}
            except={absent}
            value={substitute}
            onChange={setSubstitute}
            error={errors['substitute']}
          />
          {substitute !== '' && (
            <>
              <ChoiceField
                label={t('absence.scope')}
                options={(['all', 'tasks'] as const).map((one) => ({
                  value: one,
                  label: t(`absence.scope.${one}`),
                  note: t(`absence.scope.${one}Note`),
                }))}
                value={scope}
                onChange={(value) => setScope(value as Absence['scope'])}
                error={errors['scope']}
              />
              <InputField
                label={t('absence.authorisation')}
                hint={t('absence.authorisationHint')}
                optional
                maxLength={200}
                value={authorisation}
                onChange={setAuthorisation}
                error={errors['authorisation']}
              />
            </>
          )}
          <p className="small quiet">{t('absence.follows')}</p>
        </>
      )}
    </ActDialog>
  );
}

type EndProps = Props & { absence: Absence; openTasks: number | null };

/** No to what somebody asked for; she reads why. */
export function RefuseAbsenceDialog({ absence, onClose, onDone }: Props & { absence: Absence }) {
  const { centre } = useSession();
  const [reason, setReason] = useState('');
  return (
    <ActDialog
      title={t('absence.refuseTitle')}
      act={t('absence.refuseAct')}
      keep={t('absence.refuseKeep')}
      check={() => missing({ reason: [reason, t('reason.missing')] })}
      run={() => refuseAbsence(absence.id, reason.trim())}
      onClose={onClose}
      onDone={() => {
        onDone();
        toast(t('absence.refused'));
      }}
    >
      {(errors) => (
        <>
          <p className="strong">
            {t('absence.whose', { who: absence.person.name, range: rangeWords(absence, centre.today) })}
          </p>
          <TextField
            label={t('reason.label')}
            hint={t('absence.refuseHint')}
            value={reason}
            onChange={setReason}
            error={errors['reason']}
          />
          <p className="small quiet">{t('absence.refuseFollows')}</p>
        </>
      )}
    </ActDialog>
  );
}

export function EndAbsenceDialog({ absence, openTasks, onClose, onDone }: EndProps) {
  const { centre } = useSession();
  const asked = absence.state === 'requested';
  const who = absence.person.name;
  return (
    <ActDialog
      title={t(asked ? 'absence.withdrawTitle' : 'absence.endTitle')}
      act={t(asked ? 'absence.withdrawAct' : 'absence.endAct')}
      keep={t(asked ? 'absence.refuseKeep' : 'absence.endKeep')}
      run={() => endAbsence(absence.id)}
      onClose={onClose}
      onDone={() => {
        onDone();
        toast(t(asked ? 'absence.withdrawn' : 'absence.ended'));
      }}
    >
      <p className="strong">{t('absence.whose', { who, range: rangeWords(absence, centre.today) })}</p>
      {asked ? (
        <p>{t('absence.withdrawFollows')}</p>
      ) : (
        <ul className="consequences">
          {openTasks !== null && <li>{t('absence.endTasks', { n: openTasks, who })}</li>}
          {absence.substitute !== null && (
            <li>{t('absence.endSubstitute', { substitute: absence.substitute.name, who })}</li>
          )}
          <li>{t('absence.endRecord')}</li>
        </ul>
      )}
    </ActDialog>
  );
}
