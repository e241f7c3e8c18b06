/** The people of the family: the newest family card to read, and its form to correct it. */
import { lazy, Suspense, useRef, useState } from 'react';
import type { CasePage, Content, Family, Problem } from '../api';
import { getFamily, newIntention, OFFLINE, saveFamily } from '../api';
import type { FormHandle } from '../form/FormView';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { Refused } from './ActDialog';
import { Answers } from './Answers';
import { Button, Empty, Failure, Waiting } from './basics';
import { ErrorSummary, type FieldError } from './ErrorSummary';
import { PenIcon, PeopleIcon } from './icons';
import { toast } from './Overlay';

const FormView = lazy(() => import('../form/FormView').then(({ FormView: view }) => ({ default: view })));

export function FamilyPart({ caseNo, page, onChanged }: { caseNo: string; page: CasePage; onChanged: () => void }) {
  const family = useLoad(`family:${caseNo}`, () => getFamily(caseNo));
  const [editing, setEditing] = useState(false);
  if (family.loading) return <Waiting />;
  if (family.value === null) {
    return family.problem === null ? null : <Failure problem={family.problem} onRetry={family.reload} />;
  }
  const { schema, content, version } = family.value;
  const empty = Object.keys(content).length === 0;
  return (
    <section className="card" aria-labelledby="family">
      <header>
        <h2 id="family">{t('family.title')}</h2>
        {version > 0 && <span className="small quiet">{t('family.version', { version })}</span>}
      </header>
      <div className="card-body">
        {editing ? (
          <Edit
            caseNo={caseNo}
            family={family.value}
            onKeep={() => setEditing(false)}
            onSaved={() => {
              setEditing(false);
              family.reload();
              onChanged();
              toast(t('family.saved'));
            }}
          />
        ) : (
          <>
            {empty ? (
              <Empty icon={<PeopleIcon />} title={t('family.none')}>
                <p className="small">{t('family.noneHint')}</p>
              </Empty>
            ) : (
              <>
                {version === 0 && <p className="small quiet family-note">{t('family.fromReport')}</p>}
                <Answers schema={schema} content={content} />
              </>
            )}
            {page.may.editFamily && (
              <Button onClick={() => setEditing(true)}>
                <PenIcon />
                {t(empty ? 'family.fill' : 'family.edit')}
              </Button>
            )}
          </>
        )}
      </div>
    </section>
  );
}

type EditProps = { caseNo: string; family: Family; onKeep: () => void; onSaved: () => void };

function Edit({ caseNo, family, onKeep, onSaved }: EditProps) {
  const form = useRef<FormHandle>(null);
  const [errors, setErrors] = useState<{ lines: FieldError[]; turn: number }>({ lines: [], turn: 0 });
  const [problem, setProblem] = useState<Problem | null>(null);
  const [busy, setBusy] = useState(false);
  const intention = useRef(newIntention());
  const show = (lines: FieldError[]) => setErrors(({ turn }) => ({ lines, turn: lines.length > 0 ? turn + 1 : turn }));
  const send = async (content: Content) => {
    setBusy(true);
    const answer = await saveFamily(caseNo, content, intention.current);
    setBusy(false);
    if (answer.ok) {
      onSaved();
      return;
    }
    if (answer.problem.title !== OFFLINE) intention.current = newIntention();
    const told = answer.problem.errors;
    if (told !== undefined) show(form.current?.showErrors(told) ?? []);
    setProblem(told === undefined ? answer.problem : null);
  };
  const save = () => {
    if (busy) return;
    const answer = form.current?.submit();
    if (answer === undefined) return;
    setProblem(null);
    show(answer.errors);
    if (answer.form !== null) void send(answer.form);
  };
  return (
    <>
      <ErrorSummary errors={errors.lines} turn={errors.turn} />
      <Suspense fallback={<Waiting />}>
        <FormView schema={family.schema} content={family.content} label={t('family.title')} handle={form} />
      </Suspense>
      <Refused problem={problem} />
      <div className="row">
        <Button onClick={onKeep}>{t('family.keep')}</Button>
        <Button kind="primary" off={busy} onClick={save}>
          {busy ? t('act.busy') : t('family.save')}
        </Button>
      </div>
    </>
  );
}
