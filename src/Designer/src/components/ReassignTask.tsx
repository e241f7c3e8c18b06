/** Giving a task to a colleague (przekazanie zadania): for head and coordinator, with a reason. */
import { useState } from 'react';
import { assignTask, getAssignees } from '../api';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { ActDialog } from './ActDialog';
import { Button } from './basics';
import { missing } from './CaseDialogs';
import { SelectField, TextField } from './fields';
import { PeopleIcon } from './icons';
import { toast } from './Overlay';

export function ReassignTask({ taskKey, onChanged }: { taskKey: string; onChanged: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button onClick={() => setOpen(true)}>
        <PeopleIcon />
        {t('reassignTask.button')}
      </Button>
      {open && <ReassignTaskDialog taskKey={taskKey} onClose={() => setOpen(false)} onChanged={onChanged} />}
    </>
  );
}

type DialogProps = { taskKey: string; onClose: () => void; onChanged: () => void };

function ReassignTaskDialog({ taskKey, onClose, onChanged }: DialogProps) {
  const people = useLoad(`assignees:${taskKey}`, () => getAssignees(taskKey));
  const [userName, setUserName] = useState('');
  const [reason, setReason] = useState('');
  const options = (people.value ?? []).map((person) => ({ value: person.userName, label: person.name }));
  const hint =
    people.problem !== null
      ? t('staff.failed')
      : options.length === 0 && !people.loading
        ? t('reassignTask.nobody')
        : undefined;
  return (
    <ActDialog
      title={t('reassignTask.title')}
      act={t('reassignTask.act')}
      check={() =>
        missing({ assignee: [userName, t('reassignTask.whoMissing')], reason: [reason, t('reason.missing')] })
      }
      run={() => assignTask(taskKey, userName, reason.trim())}
      onClose={onClose}
      onDone={() => {
        onClose();
        onChanged();
        toast(t('reassignTask.done'));
      }}
    >
      {(errors) => (
        <>
          <SelectField
            label={t('reassignTask.who')}
            hint={hint}
            options={options}
            none={people.loading ? t('wait.loading') : t('staff.choose')}
            value={userName}
            onChange={setUserName}
            error={errors['assignee']}
          />
          <TextField label={t('reason.label')} value={reason} onChange={setReason} error={errors['reason']} />
          <p className="small quiet">{t('reassignTask.follows')}</p>
        </>
      )}
    </ActDialog>
  );
}
