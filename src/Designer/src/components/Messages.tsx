/** How I am told of my tasks: the ways, and the hour of the digest. At least one way stays. */
import { useState } from 'react';
import { getPreferences, savePreferences, type Preferences } from '../api';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { Refused, useAct } from './ActDialog';
import { Button, Failure, Waiting } from './basics';
import { InputField } from './fields';
import { toast } from './Overlay';

export function Messages() {
  const kept = useLoad('preferences', getPreferences);
  return (
    <section className="card" aria-labelledby="messages">
      <header>
        <h2 id="messages">{t('messages.title')}</h2>
      </header>
      {kept.loading ? (
        <Waiting />
      ) : kept.value === null ? (
        kept.problem !== null && <Failure problem={kept.problem} onRetry={kept.reload} />
      ) : (
        <Choice kept={kept.value} />
      )}
    </section>
  );
}

function Choice({ kept }: { kept: Preferences }) {
  const [chosen, setChosen] = useState(kept);
  const act = useAct(
    () => savePreferences(chosen),
    () => toast(t('messages.done')),
    () => (chosen.email || chosen.teams ? {} : { email: t('messages.none') }),
  );
  const box = (way: 'email' | 'teams') => (
    <label className="choice">
      <input
        type="checkbox"
        checked={chosen[way]}
        aria-describedby={act.errors['email'] === undefined ? undefined : 'messages-error'}
        onChange={(event) => setChosen({ ...chosen, [way]: event.target.checked })}
      />
      {t(`messages.${way}`)}
    </label>
  );
  return (
    <form className="card-body stack" noValidate onSubmit={act.submit}>
      <Refused problem={act.problem} />
      <fieldset className="stack">
        <legend className="label">{t('messages.ways')}</legend>
        {act.errors['email'] !== undefined && (
          <p className="error" id="messages-error">
            {act.errors['email']}
          </p>
        )}
        {box('email')}
        {box('teams')}
      </fieldset>
      <InputField
        label={t('messages.digestAt')}
        hint={t('messages.digestHint')}
        type="time"
        short
        value={chosen.digestAt.slice(0, 5)}
        error={act.errors['digestAt']}
        onChange={(digestAt) => setChosen({ ...chosen, digestAt })}
      />
      <div>
        <Button type="submit" off={act.busy}>
          {t('messages.save')}
        </Button>
      </div>
    </form>
  );
}
