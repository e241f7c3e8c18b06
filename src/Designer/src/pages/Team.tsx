/** The team (zespół): how many families each assistant has, who is away, which families wait. */
import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import type { Absence, Problem, Team as TeamPage } from '../api';
import { acceptAbsence, getTeam, setLimit } from '../api';
import { backOn, isNow, rangeWords } from '../absences';
import { headingOf, rolesBesides } from '../caseWords';
import { AbsenceCalendar } from '../components/AbsenceCalendar';
import { AbsenceDialog, EndAbsenceDialog, RefuseAbsenceDialog } from '../components/AbsenceDialogs';
import { ActDialog, Refused } from '../components/ActDialog';
import { Banner, Button, CaseNo, Empty, Failure, PageTitle, Status, Waiting } from '../components/basics';
import { HandOverDialog, missing } from '../components/CaseDialogs';
import { Codes } from '../components/Codes';
import { InputField, TextField } from '../components/fields';
import { AlertIcon, CalendarIcon, LateIcon, PeopleIcon } from '../components/icons';
import { toast } from '../components/Overlay';
import { Slots } from '../components/Slots';
import { longDay, plainDay } from '../format';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { paths } from '../paths';
import { holds, useSession } from '../session';
import '../styles/cases.css';
import '../styles/team.css';

type Member = TeamPage['people'][number];
type Open =
  | { kind: 'absence' }
  | { kind: 'handOver' }
  | { kind: 'limit'; member: Member }
  | { kind: 'end' | 'refuse'; absence: Absence }
  | null;

export default function Team() {
  const { centre, me } = useSession();
  const loaded = useLoad('team', getTeam);
  const [open, setOpen] = useState<Open>(null);
  const team = loaded.value;
  const close = () => setOpen(null);
  const done = () => {
    close();
    loaded.reload();
  };
  return (
    <>
      <div className="page-head">
        <div>
          <PageTitle title={t('team.title')} />
          <p>{[longDay(centre.today), team === null ? '' : countsOf(team)].filter(Boolean).join('. ')}</p>
        </div>
        <Button onClick={() => setOpen({ kind: 'absence' })}>
          <CalendarIcon />
          {t('absence.report')}
        </Button>
      </div>
      {loaded.loading && <Waiting />}
      {loaded.problem !== null && <Failure problem={loaded.problem} onRetry={loaded.reload} />}
      {team !== null && (
        <>
          <WaitingBanner team={team} />
          <div className="with-aside aside-l">
            <div className="stack">
              <Load team={team} onLimit={(member) => setOpen({ kind: 'limit', member })} />
              <Absences team={team} onEnd={(absence) => setOpen({ kind: 'end', absence })} />
              <Others team={team} />
            </div>
            <aside className="stack">
              {holds(me, 'head', 'team_lead', 'mayor') && <Codes />}
              <Requests
                team={team}
                onEnd={(absence) => setOpen({ kind: 'end', absence })}
                onRefuse={(absence) => setOpen({ kind: 'refuse', absence })}
                onChanged={loaded.reload}
              />
              <WaitingFamilies team={team} onHandOver={() => setOpen({ kind: 'handOver' })} />
            </aside>
          </div>
        </>
      )}
      {open?.kind === 'absence' && <AbsenceDialog manage={team?.may.manage ?? false} onClose={close} onDone={done} />}
      {open?.kind === 'handOver' && <HandOverDialog onClose={close} onDone={done} />}
      {open?.kind === 'limit' && <LimitDialog member={open.member} team={team} onClose={close} onDone={done} />}
      {open?.kind === 'refuse' && <RefuseAbsenceDialog absence={open.absence} onClose={close} onDone={done} />}
      {open?.kind === 'end' && (
        <EndAbsenceDialog
          absence={open.absence}
          openTasks={tasksOf(team, open.absence)}
          onClose={close}
          onDone={done}
        />
      )}
    </>
  );
}

const isAssistant = (member: Member) => member.roles.includes('assistant');
const tasksOf = (team: TeamPage | null, absence: Absence) =>
  team?.people.find((one) => one.userName === absence.person.userName)?.openTasks ?? null;

function countsOf(team: TeamPage): string {
  const assistants = team.people.filter(isAssistant);
  const families = assistants.reduce((sum, one) => sum + one.active, 0);
  const counts = [t('team.assistants', { n: assistants.length }), t('team.familiesCount', { n: families })];
  if (team.waiting.length > 0) counts.push(t('team.waitingFamilies', { n: team.waiting.length }));
  return counts.join(', ');
}

/** The family that waits longest, and where there is room. */
function WaitingBanner({ team }: { team: TeamPage }) {
  const longest = [...team.waiting].sort((a, b) => b.days - a.days)[0];
  if (longest === undefined) return null;
  const free = team.people.filter(isAssistant).map((one) => Math.max(0, one.limit - one.active));
  const places = free.reduce((sum, one) => sum + one, 0);
  const with_ = free.filter((one) => one > 0).length;
  return (
    <Banner kind="warn" icon={<AlertIcon />}>
      <p>
        <b>{t('team.longest', { label: headingOf(longest.label), n: longest.days })}</b>{' '}
        {places === 0
          ? t('team.noPlaces')
          : `${t('team.freePlaces', { n: places })} ${t('team.freeWith', { n: with_ })}`}
      </p>
    </Banner>
  );
}

function Card({ id, title, more, children }: { id: string; title: string; more?: ReactNode; children: ReactNode }) {
  return (
    <section className="card" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {more}
      </header>
      {children}
    </section>
  );
}

function Head({ columns }: { columns: string[] }) {
  return (
    <thead role="rowgroup">
      <tr role="row">
        {columns.map((column) => (
          <th key={column} scope="col" role="columnheader">
            {column}
          </th>
        ))}
      </tr>
    </thead>
  );
}

/** Whoever leads opens the families of a colleague from her name. */
function Name({ member, team }: { member: Member; team: TeamPage }) {
  const roles = rolesBesides(member);
  const works = member.roles.includes('assistant') || member.roles.includes('social_worker');
  return (
    <>
      {team.may.manage && works ? (
        <Link className="link" href={paths.member(member.userName)}>
          {member.name}
        </Link>
      ) : (
        member.name
      )}
      {roles !== '' && <span className="member-roles">{roles}</span>}
    </>
  );
}

function Load({ team, onLimit }: { team: TeamPage; onLimit: (member: Member) => void }) {
  const assistants = team.people.filter(isAssistant);
  const columns = (['person', 'families', 'monitored', 'overdue', 'room'] as const).map((one) => t(`team.${one}`));
  return (
    <Card
      id="load"
      title={t('team.load')}
      more={
        <span className="small quiet">
          {t('team.limitOfLaw', { n: team.limitOfLaw })} <span className="term law cite">{t('team.article')}</span>
        </span>
      }
    >
      {assistants.length === 0 ? (
        <Empty icon={<PeopleIcon />} title={t('team.noAssistants')} />
      ) : (
        <table className="table team-load" role="table" aria-labelledby="load">
          <Head columns={columns} />
          <tbody role="rowgroup">
            {assistants.map((member) => (
              <LoadRow key={member.userName} member={member} team={team} onLimit={onLimit} />
            ))}
          </tbody>
        </table>
      )}
      <p className="card-body small quiet card-foot">{t('team.loadNote')}</p>
    </Card>
  );
}

type LoadRowProps = { member: Member; team: TeamPage; onLimit: (member: Member) => void };

function LoadRow({ member, team, onLimit }: LoadRowProps) {
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        <Name member={member} team={team} />
      </th>
      <td role="cell" data-l={t('team.families')}>
        <Slots active={member.active} limit={member.limit} limitOfLaw={team.limitOfLaw} />
      </td>
      <td role="cell" data-l={t('team.monitored')}>
        {member.monitored}
      </td>
      <td role="cell" data-l={t('team.overdue')}>
        <Overdue n={member.overdue} />
      </td>
      <td role="cell" data-l={t('team.room')}>
        <span className="room">
          <Room member={member} />
          {team.may.manage && (
            <Button kind="quiet" aria-label={t('limit.label', { who: member.name })} onClick={() => onLimit(member)}>
              {t('limit.button')}
            </Button>
          )}
        </span>
      </td>
    </tr>
  );
}

function Overdue({ n }: { n: number }) {
  if (n === 0) return <span>{n}</span>;
  return (
    <span>
      <span className="status bad">
        <LateIcon />
        {t('team.tasks', { n })}
      </span>
    </span>
  );
}

function Room({ member }: { member: Member }) {
  const { centre } = useSession();
  const { absentNow, limit, active } = member;
  if (absentNow !== null) {
    return (
      <span className="status wait">
        <CalendarIcon />
        {t('team.back', { day: plainDay(backOn(absentNow), centre.today) })}
      </span>
    );
  }
  const free = limit - active;
  return free > 0 ? (
    <Status kind="ok">{t('team.places', { n: free })}</Status>
  ) : (
    <Status kind="warn">{t('team.full')}</Status>
  );
}

function Others({ team }: { team: TeamPage }) {
  const others = team.people.filter((one) => !isAssistant(one));
  if (others.length === 0) return null;
  return (
    <Card id="others" title={t('team.others')}>
      <table className="table" role="table" aria-labelledby="others">
        <Head columns={[t('team.person'), t('team.openTasks'), t('team.overdue'), t('team.presence')]} />
        <tbody role="rowgroup">
          {others.map((member) => (
            <tr key={member.userName} role="row">
              <th scope="row" role="rowheader">
                <Name member={member} team={team} />
              </th>
              <td role="cell" data-l={t('team.openTasks')}>
                {member.openTasks}
              </td>
              <td role="cell" data-l={t('team.overdue')}>
                <Overdue n={member.overdue} />
              </td>
              <td role="cell" data-l={t('team.presence')}>
                <Presence absence={member.absentNow} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

function Presence({ absence }: { absence: Absence | null }) {
  const { centre } = useSession();
  if (absence === null) return <span>{t('team.present')}</span>;
  return (
    <span>
      <span className="status wait">
        <CalendarIcon />
        {t('team.back', { day: plainDay(backOn(absence), centre.today) })}
      </span>
    </span>
  );
}

function Absences({ team, onEnd }: { team: TeamPage; onEnd: (absence: Absence) => void }) {
  const { me, centre } = useSession();
  const open = team.absences.filter((one) => one.state !== 'ended');
  const mayEnd = (one: Absence) =>
    one.state === 'accepted' &&
    (team.may.manage || [one.person.userName, one.registeredBy.userName].includes(me.userName));
  const columns = (['person', 'when', 'substitute', 'scope', 'state'] as const).map((one) => t(`absence.${one}`));
  return (
    <Card id="absences" title={t('absence.title')}>
      <AbsenceCalendar absences={open} today={centre.today} />
      {open.length > 0 && (
        <table className="table absence-list" role="table" aria-labelledby="absences">
          <Head columns={columns} />
          <tbody role="rowgroup">
            {open.map((one) => (
              <tr key={one.id} role="row">
                <th scope="row" role="rowheader">
                  {one.person.name}
                </th>
                <td role="cell" data-l={t('absence.when')}>
                  {rangeWords(one, centre.today)}
                </td>
                <td role="cell" data-l={t('absence.substitute')}>
                  <span>
                    {one.substitute?.name ?? t('absence.nobody')}
                    {one.authorisation !== null && <span className="member-roles">{one.authorisation}</span>}
                  </span>
                </td>
                <td role="cell" data-l={t('absence.scope')}>
                  {one.substitute === null ? '–' : t(`absence.scope.${one.scope}`)}
                </td>
                <td role="cell" data-l={t('absence.state')}>
                  <span className="room">
                    <AbsenceState absence={one} today={centre.today} />
                    {mayEnd(one) && (
                      <Button
                        kind="quiet"
                        aria-label={t('absence.endLabel', { who: one.person.name })}
                        onClick={() => onEnd(one)}
                      >
                        {t('absence.end')}
                      </Button>
                    )}
                  </span>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Card>
  );
}

function AbsenceState({ absence, today }: { absence: Absence; today: string }) {
  if (absence.state === 'requested') return <Status kind="warn">{t('absence.requested')}</Status>;
  if (absence.state === 'refused') {
    return (
      <span>
        <Status kind="bad">{t('absence.refusedState')}</Status>
        <span className="member-roles">{absence.reason}</span>
      </span>
    );
  }
  if (isNow(absence, today)) return <Status kind="wait">{t('absence.now')}</Status>;
  return <Status kind="ok">{t('absence.accepted')}</Status>;
}

type RequestsProps = {
  team: TeamPage;
  onEnd: (absence: Absence) => void;
  onRefuse: (absence: Absence) => void;
  onChanged: () => void;
};

function Requests({ team, onEnd, onRefuse, onChanged }: RequestsProps) {
  const { me, centre } = useSession();
  const [problem, setProblem] = useState<{ id: string; problem: Problem } | null>(null);
  const asked = team.absences.filter((one) => one.state === 'requested');
  const accept = async (id: string) => {
    const answer = await acceptAbsence(id);
    setProblem(answer.ok ? null : { id, problem: answer.problem });
    if (!answer.ok) return;
    toast(t('absence.acceptedDone'));
    onChanged();
  };
  // Nobody agrees to her own absence or to standing in; the head and the mayor are known to the server.
  const isOwn = (one: Absence) => [one.person.userName, one.substitute?.userName].includes(me.userName);
  const mayAccept = (one: Absence) => !isOwn(one) && (team.may.manage || me.roles.includes('mayor'));
  const mayWithdraw = (one: Absence) => [one.person.userName, one.registeredBy.userName].includes(me.userName);
  return (
    <Card
      id="requests"
      title={t('absence.requests')}
      more={
        <span className="small quiet">{asked.length > 0 ? t('absence.waitingCount', { n: asked.length }) : ''}</span>
      }
    >
      {asked.length === 0 && (
        <Empty icon={<CalendarIcon />} title={t('absence.noRequests')}>
          <p className="small">{t('absence.noRequestsHint')}</p>
        </Empty>
      )}
      {asked.map((one) => (
        <div className="card-body stack request" key={one.id}>
          <p className="strong">{one.person.name}</p>
          <dl className="facts">
            <dt>{t('absence.when')}</dt>
            <dd>{rangeWords(one, centre.today)}</dd>
            <dt>{t('absence.substitute')}</dt>
            <dd>{one.substitute?.name ?? t('absence.nobody')}</dd>
            {one.substitute !== null && (
              <>
                <dt>{t('absence.scope')}</dt>
                <dd>{t(`absence.scope.${one.scope}`)}</dd>
                <dt>{t('absence.authorisation')}</dt>
                <dd>{one.authorisation ?? '–'}</dd>
              </>
            )}
          </dl>
          {one.substitute !== null && <p className="small quiet">{t('absence.ownRequests')}</p>}
          {problem?.id === one.id && <Refused problem={problem.problem} />}
          <div className="row">
            {mayAccept(one) && <Button onClick={() => void accept(one.id)}>{t('absence.accept')}</Button>}
            {mayAccept(one) && (
              <Button kind="quiet" onClick={() => onRefuse(one)}>
                {t('absence.refuse')}
              </Button>
            )}
            {mayWithdraw(one) && (
              <Button kind="quiet" onClick={() => onEnd(one)}>
                {t('absence.withdraw')}
              </Button>
            )}
          </div>
        </div>
      ))}
    </Card>
  );
}

function WaitingFamilies({ team, onHandOver }: { team: TeamPage; onHandOver: () => void }) {
  const longestFirst = [...team.waiting].sort((a, b) => b.days - a.days);
  return (
    <Card id="waiting" title={t('team.waiting')}>
      {longestFirst.length === 0 ? (
        <Empty icon={<PeopleIcon />} title={t('team.nobodyWaits')}>
          <p className="small">{t('team.nobodyWaitsHint')}</p>
        </Empty>
      ) : (
        <ul className="paper-list">
          {longestFirst.map((one) => (
            <li key={one.caseNo}>
              <CaseNo no={one.caseNo} link />
              <span>{headingOf(one.label)}</span>
              <span className="when">{t('team.waits', { n: one.days })}</span>
            </li>
          ))}
        </ul>
      )}
      {team.may.manage && (
        <p className="card-body card-foot">
          <Button onClick={onHandOver}>{t('handOver.button')}</Button>
        </p>
      )}
    </Card>
  );
}

type LimitProps = { member: Member; team: TeamPage | null; onClose: () => void; onDone: () => void };

function LimitDialog({ member, team, onClose, onDone }: LimitProps) {
  const max = team?.limitOfLaw ?? member.limit;
  const [limit, setText] = useState(String(member.limit));
  const [reason, setReason] = useState('');
  const number = /^\d{1,2}$/.test(limit) ? Number(limit) : -1;
  return (
    <ActDialog
      title={t('limit.title', { who: member.name })}
      act={t('limit.act')}
      check={() => ({
        ...missing({ reason: [reason, t('reason.missing')] }),
        limit: number < 0 || number > max ? t('limit.wrong', { max }) : undefined,
      })}
      run={() => setLimit(member.userName, number, reason.trim())}
      onClose={onClose}
      onDone={(answer) => {
        onDone();
        toast(answer?.note ?? t('limit.done'));
      }}
    >
      {(errors) => (
        <>
          <InputField
            label={t('limit.field')}
            hint={t('limit.hint', { max, n: member.active })}
            short
            inputMode="numeric"
            value={limit}
            onChange={setText}
            error={errors['limit']}
          />
          <TextField label={t('reason.label')} value={reason} onChange={setReason} error={errors['reason']} />
        </>
      )}
    </ActDialog>
  );
}
