/** "Chroń dziecko": on every task and case page, two presses from anywhere in a case. */
import { useRef, useState } from 'react';
import { Link, useLocation } from 'wouter';
import {
  ALREADY_RUNNING,
  newIntention,
  startIntervention,
  type NextTask,
  type Problem,
  type RunningIntervention,
} from '../api';
import { nearMoment } from '../format';
import { t } from '../i18n';
import { paths } from '../paths';
import { useSession } from '../session';
import { Button, Failure } from './basics';
import { AlertIcon } from './icons';
import { Dialog, toast } from './Overlay';

export function ProtectChild({ caseNo }: { caseNo: string }) {
  const [open, setOpen] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const [running, setRunning] = useState<RunningIntervention[]>([]);
  const [, navigate] = useLocation();
  const intention = useRef('');

  const start = async () => {
    if (busy) return;
    setBusy(true);
    setProblem(null);
    const answer = await startIntervention(caseNo, running.length > 0, intention.current);
    setBusy(false);
    if (!answer.ok && answer.problem.title === ALREADY_RUNNING) {
      setRunning(answer.problem['running'] as RunningIntervention[]);
      return;
    }
    if (!answer.ok) {
      setProblem(answer.problem);
      return;
    }
    setOpen(false);
    navigate(answer.value.taskKey === null ? paths.case(caseNo) : paths.task(answer.value.taskKey));
    toast(t('protect.started'));
  };

  return (
    <>
      <Button
        kind="danger"
        className="small"
        onClick={() => {
          // Pressing the second button twice, or again after a lost connection, starts one intervention.
          intention.current = newIntention();
          setProblem(null);
          setRunning([]);
          setOpen(true);
        }}
      >
        <AlertIcon />
        {t('protect.button')}
      </Button>
      <Dialog
        title={t(running.length > 0 ? 'protect.runs' : 'protect.title')}
        open={open}
        onClose={() => setOpen(false)}
        role="alertdialog"
      >
        {running.length > 0 ? <Running caseNo={caseNo} running={running} /> : <p>{t('protect.what')}</p>}
        <p className="strong">{t('protect.call')}</p>
        {problem !== null && <Failure problem={problem} />}
        <div className="dialog-actions">
          <Button autoFocus onClick={() => setOpen(false)}>
            {t('protect.back')}
          </Button>
          <Button kind="danger" off={busy} onClick={() => void start()}>
            {t(running.length > 0 ? 'protect.another' : 'protect.start')}
          </Button>
        </div>
      </Dialog>
    </>
  );
}

/** One is running: since when, who has it, and the way to it. Another may be begun all the same. */
function Running({ caseNo, running }: { caseNo: string; running: RunningIntervention[] }) {
  const { today } = useSession().centre;
  return (
    <div role="status">
      {running.map((one, index) => (
        <div className="stack" key={`${one.startedAt} ${index}`}>
          <p className="strong">{t('protect.since', { when: nearMoment(one.startedAt, today) })}</p>
          <ul className="small">
            {one.steps.map((step) => (
              <li key={step.name}>{t('protect.step', { name: step.name, who: step.who })}</li>
            ))}
          </ul>
          <Link className="button" href={addressOf(caseNo, one.steps)}>
            {t('protect.open')}
          </Link>
        </div>
      ))}
    </div>
  );
}

/** A step she may open; else the case. */
function addressOf(caseNo: string, steps: NextTask[]): string {
  const key = steps.find((step) => step.taskKey !== null)?.taskKey;
  return key == null ? paths.case(caseNo) : paths.task(key);
}
