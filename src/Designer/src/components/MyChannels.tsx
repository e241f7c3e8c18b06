/** How messages reach this person, and the last of them (moje powiadomienia). */
import { useState } from 'react';
import type { PersonChannels } from '../api';
import { getMyChannels, getMyDeliveries, setToDo } from '../api';
import { momentWords } from '../caseWords';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { DeliveryTable } from '../pages/Notifications';
import { useSession } from '../session';
import { Refused, useAct } from './ActDialog';
import { Button, Failure, Status, Waiting } from './basics';
import { toast } from './Overlay';

export function MyChannels() {
  const channels = useLoad('channels', getMyChannels);
  const messages = useLoad('my-messages', getMyDeliveries);
  return (
    <section className="card" aria-labelledby="channels">
      <header>
        <h2 id="channels">{t('channels.title')}</h2>
      </header>
      <div className="card-body stack">
        {channels.loading && <Waiting />}
        {channels.problem !== null && <Failure problem={channels.problem} onRetry={channels.reload} />}
        {channels.value !== null && (
          <>
            <dl className="facts">
              <dt>{t('channels.email')}</dt>
              <dd>
                <EmailState channels={channels.value} />
              </dd>
              <dt>{t('channels.teams')}</dt>
              <dd>
                <TeamsState channels={channels.value} />
              </dd>
            </dl>
            {channels.value.toDoEnabled && <ToDo channels={channels.value} onDone={channels.reload} />}
          </>
        )}
        <h3>{t('channels.last')}</h3>
        {messages.problem !== null && <Failure problem={messages.problem} onRetry={messages.reload} />}
        {messages.value !== null &&
          (messages.value.items.length === 0 ? (
            <p className="quiet">{t('channels.none')}</p>
          ) : (
            <DeliveryTable items={messages.value.items} />
          ))}
      </div>
    </section>
  );
}

export function EmailState({ channels }: { channels: PersonChannels }) {
  if (!channels.emailEnabled) return <Status kind="done">{t('channels.emailOff')}</Status>;
  if (channels.emailProblem === null) return <Status kind="ok">{t('channels.emailWorks')}</Status>;
  return <Status kind="bad">{channels.emailProblem}</Status>;
}

export function TeamsState({ channels }: { channels: PersonChannels }) {
  const { centre } = useSession();
  if (!channels.teamsEnabled) return <Status kind="done">{t('channels.teamsOff')}</Status>;
  const since = channels.teamsAt === null ? '' : ` (${momentWords(channels.teamsAt, centre.today)})`;
  switch (channels.teams) {
    case 'installed':
      return <Status kind="ok">{t('channels.teamsInstalled') + since}</Status>;
    case 'notInstalled':
      return <Status kind="warn">{(channels.teamsError ?? t('channels.teamsMissing')) + since}</Status>;
    case 'error':
      return <Status kind="bad">{(channels.teamsError ?? t('channels.teamsMissing')) + since}</Status>;
    default:
      return <Status kind="wait">{t('channels.teamsUnknown')}</Status>;
  }
}

function ToDo({ channels, onDone }: { channels: PersonChannels; onDone: () => void }) {
  const [wanted] = useState(!channels.toDo);
  const act = useAct(
    () => setToDo(!channels.toDo),
    () => {
      toast(t(wanted ? 'channels.toDoOn' : 'channels.toDoOff'));
      onDone();
    },
  );
  return (
    <>
      <p>{t('channels.toDoHint')}</p>
      {channels.toDoError !== null && <Status kind="bad">{channels.toDoError}</Status>}
      <Refused problem={act.problem} />
      <Button onClick={act.start} off={act.busy}>
        {t(channels.toDo ? 'channels.toDoStop' : 'channels.toDoStart')}
      </Button>
    </>
  );
}
