/** A case (sprawa): where it stands, its terms, events, documents, family, and who looked into it. */
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Link, useParams } from 'wouter';
import type { CasePage } from '../api';
import { getCase, PURPOSE_REQUIRED } from '../api';
import { Button, CaseNo, Failure, PersonChip, Waiting } from '../components/basics';
import { LinkDialog, ReassignDialog, type Relation } from '../components/CaseDialogs';
import { ErasedCase, ErasureCard } from '../components/ErasureCard';
import { FamilyPart } from '../components/Family';
import { GlassBanner, PurposeGate, UnknownCase } from '../components/CaseGates';
import { CaseHead } from '../components/CaseHead';
import { PlusIcon } from '../components/icons';
import { AttachmentList, DocumentList, DocumentTable } from '../components/Papers';
import { Readers } from '../components/Readers';
import { Stages } from '../components/Stages';
import { Terms } from '../components/Terms';
import { Timeline } from '../components/Timeline';
import { plainDay, dayOf } from '../format';
import { useLoad } from '../hooks';
import { t, tCode } from '../i18n';
import { paths } from '../paths';
import { useSession } from '../session';
import '../styles/cases.css';

export default function Case() {
  const { caseNo, part = '' } = useParams<{ caseNo: string; part?: string }>();
  return <Opened key={caseNo} caseNo={caseNo} part={part} />;
}

function Opened({ caseNo, part }: { caseNo: string; part: string }) {
  const found = useLoad(`case:${caseNo}`, () => getCase(caseNo));
  const { reload, value: page, problem } = found;
  useReturn(reload);
  if (found.loading) return <Waiting />;
  if (problem?.title === PURPOSE_REQUIRED) return <PurposeGate caseNo={caseNo} onOpen={reload} />;
  if (problem?.status === 410) return <ErasedCase caseNo={caseNo} words={problem.detail} />;
  if (problem?.status === 404) return <UnknownCase caseNo={caseNo} problem={problem} onOpen={reload} />;
  return (
    <>
      {problem !== null && <Failure problem={problem} onRetry={reload} />}
      {page !== null && (
        <>
          {page.relation === 'breakGlass' && <GlassBanner until={page.openUntil} />}
          <CaseHead caseNo={caseNo} page={page} onChanged={reload} />
          <Tabs caseNo={caseNo} page={page} part={part} />
          <Part caseNo={caseNo} page={page} part={part} onChanged={reload} />
        </>
      )}
    </>
  );
}

/** Every look is written down, so the case is read anew only when the person comes back to this page. */
function useReturn(reload: () => void) {
  useEffect(() => {
    const seen = () => {
      if (document.visibilityState === 'visible') reload();
    };
    document.addEventListener('visibilitychange', seen);
    return () => document.removeEventListener('visibilitychange', seen);
  }, [reload]);
}

/** Words of the address; the first part has none. */
const PARTS = { overview: '', entries: 'wpisy', papers: 'dokumenty', family: 'rodzina', readers: 'wglad' } as const;
type PartName = keyof typeof PARTS;

function Tabs({ caseNo, page, part }: { caseNo: string; page: CasePage; part: string }) {
  const names = (Object.keys(PARTS) as PartName[]).filter((name) => name !== 'readers' || page.may.readLog);
  const papers = page.documents.length + page.attachments.length;
  const row = useRef<HTMLElement>(null);
  // On a phone the row scrolls sideways: the open part is in view.
  useEffect(() => {
    const here = row.current?.querySelector('[aria-current]')?.getBoundingClientRect();
    const edge = row.current?.getBoundingClientRect();
    if (row.current !== null && here !== undefined && edge !== undefined && here.right > edge.right) {
      row.current.scrollLeft += here.right - edge.right;
    }
  }, [part]);
  return (
    <nav className="tabs" aria-label={t('casePage.parts')} ref={row}>
      {names.map((name) => (
        <Link
          key={name}
          href={PARTS[name] === '' ? paths.case(caseNo) : `${paths.case(caseNo)}/${PARTS[name]}`}
          aria-current={PARTS[name] === part ? 'page' : undefined}
        >
          {t(`casePage.${name}`)}
          {name === 'papers' && papers > 0 && <b>{papers}</b>}
        </Link>
      ))}
    </nav>
  );
}

type PartProps = { caseNo: string; page: CasePage; onChanged: () => void };

function Part({ part, ...rest }: PartProps & { part: string }) {
  const { centre } = useSession();
  const { caseNo, page } = rest;
  switch (part) {
    case PARTS.entries:
      return (
        <Card id="entries" title={t('timeline.title')}>
          <div className="card-body stack">
            {/* A new page of the case, a new list of its events. */}
            <Timeline key={JSON.stringify(page.now)} caseNo={caseNo} today={centre.today} />
          </div>
        </Card>
      );
    case PARTS.papers:
      return (
        <div className="stack-l">
          <Card id="papers" title={t('papers.title')}>
            <DocumentTable caseNo={caseNo} today={centre.today} documents={page.documents} />
          </Card>
          <Card id="attachments" title={t('papers.attachments')}>
            <AttachmentList caseNo={caseNo} today={centre.today} attachments={page.attachments} />
          </Card>
        </div>
      );
    case PARTS.family:
      return <FamilyPart {...rest} />;
    case PARTS.readers:
      return <Readers caseNo={caseNo} />;
    default:
      return <Overview {...rest} />;
  }
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

const EVENTS_SHOWN = 6;
const PAPERS_SHOWN = 6;

function Overview({ caseNo, page, onChanged }: PartProps) {
  const { centre } = useSession();
  const newest = [...page.documents].sort((a, b) => b.number - a.number).slice(0, PAPERS_SHOWN);
  return (
    <div className="stack-l">
      <Stages page={page} caseNo={caseNo} />
      <div className="with-aside">
        <div className="stack">
          <Terms terms={page.terms} today={centre.today} />
          <Card
            id="events"
            title={t('timeline.title')}
            more={
              <Link className="link small" href={`${paths.case(caseNo)}/${PARTS.entries}`}>
                {t('timeline.all')}
              </Link>
            }
          >
            <div className="card-body">
              <Timeline key={JSON.stringify(page.now)} caseNo={caseNo} today={centre.today} first={EVENTS_SHOWN} />
            </div>
          </Card>
        </div>
        <aside className="stack">
          <Team caseNo={caseNo} page={page} onChanged={onChanged} />
          <Card
            id="newest"
            title={t('papers.title')}
            more={
              <Link className="link small" href={`${paths.case(caseNo)}/${PARTS.papers}`}>
                {t('papers.all')}
              </Link>
            }
          >
            {newest.length === 0 ? (
              <p className="card-body small quiet">{t('papers.noneHint')}</p>
            ) : (
              <DocumentList caseNo={caseNo} today={centre.today} documents={newest} />
            )}
          </Card>
          <Links caseNo={caseNo} page={page} onChanged={onChanged} />
          <ErasureCard caseNo={caseNo} page={page} onChanged={onChanged} />
        </aside>
      </div>
    </div>
  );
}

const RELATIONS: Relation[] = ['socialWorker', 'assistant'];

function Team({ caseNo, page, onChanged }: PartProps) {
  const { centre } = useSession();
  const [open, setOpen] = useState<Relation | null>(null);
  const close = () => setOpen(null);
  const changeable = (relation: string) => RELATIONS.find((one) => page.may.reassign && one === relation);
  return (
    <Card id="team" title={t('casePage.team')}>
      {page.team.length === 0 ? (
        <p className="card-body small quiet">{t('casePage.noTeam')}</p>
      ) : (
        <ul className="member-list">
          {page.team.map(({ person, relation, since }) => {
            const change = changeable(relation);
            const post = tCode('relation', relation);
            // The name of a colleague ends with the post; what is said already is not said again.
            const words = person.name.endsWith(`, ${post}`) ? '' : post;
            return (
              <li key={`${person.userName} ${relation}`}>
                <PersonChip
                  person={person}
                  note={[words, since === null ? '' : t('state.since', { day: plainDay(dayOf(since), centre.today) })]
                    .filter(Boolean)
                    .join(', ')}
                />
                {change !== undefined && (
                  <Button
                    kind="quiet"
                    aria-label={t('reassign.changeLabel', { who: person.name })}
                    onClick={() => setOpen(change)}
                  >
                    {t('reassign.change')}
                  </Button>
                )}
              </li>
            );
          })}
        </ul>
      )}
      {open !== null && (
        <ReassignDialog
          caseNo={caseNo}
          relation={open}
          before={page.brief[open]}
          onClose={close}
          onDone={() => {
            close();
            onChanged();
          }}
        />
      )}
    </Card>
  );
}

function Links({ caseNo, page, onChanged }: PartProps) {
  const [open, setOpen] = useState(false);
  if (page.links.length === 0 && !page.may.link) return null;
  return (
    <Card id="links" title={t('link.list')}>
      <ul className="paper-list">
        {page.links.map((one) => (
          <li key={one.caseNo}>
            <div>
              {/* No label: this reader may know of the link, not of the case. */}
              {one.label === null ? <CaseNo no={one.caseNo} /> : <CaseNo no={one.caseNo} link />}
              <p>
                {one.label} <span className="quiet">{one.why}</span>
              </p>
            </div>
          </li>
        ))}
        {page.links.length === 0 && <li className="quiet">{t('link.none')}</li>}
      </ul>
      {page.may.link && (
        <p className="card-body">
          <Button onClick={() => setOpen(true)}>
            <PlusIcon />
            {t('link.button')}
          </Button>
        </p>
      )}
      {open && (
        <LinkDialog
          caseNo={caseNo}
          onClose={() => setOpen(false)}
          onDone={() => {
            setOpen(false);
            onChanged();
          }}
        />
      )}
    </Card>
  );
}
