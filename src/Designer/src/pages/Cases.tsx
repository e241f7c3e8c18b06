/** The cases this person may look into: filters in the address, the searched word never. */
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import type { CaseListItem, CaseQuery } from '../api';
import { getCases } from '../api';
import { Button, CaseNo, Empty, Failure, PageTitle, Restricted, Waiting } from '../components/basics';
import { DueBadge } from '../components/Due';
import { FolderIcon, SearchIcon } from '../components/icons';
import { headingOf } from '../caseWords';
import { plainDay, dayOf } from '../format';
import { useLoad } from '../hooks';
import { t } from '../i18n';
import { paths } from '../paths';
import { useSession } from '../session';
import '../styles/cases.css';

const STATUSES = ['open', 'closed', 'all'] as const;
type Status = (typeof STATUSES)[number];

/** Kept in the memory of the page only, so that coming back from a case finds the same list. */
let lastWord = '';

export default function Cases() {
  const [word, setWord] = useState(lastWord);
  const [address, setAddress] = useSearchParams();
  const status = STATUSES.find((one) => one === address.get('status')) ?? 'open';
  const mine = address.get('mine') === 'true';
  const page = Math.max(1, Number(address.get('page') ?? 1) || 1);
  const wanted: CaseQuery = { q: word, status, mine, page };
  const cases = useLoad(JSON.stringify(wanted), () => getCases(wanted));
  const change = (values: { status?: Status; mine?: boolean; page?: number }) =>
    setAddress(addressOf({ status, mine, page: 1, ...values }));
  const search = (next: string) => {
    lastWord = next;
    setWord(next);
    change({});
  };
  const list = cases.value;
  return (
    <>
      <div className="page-head">
        <div>
          <PageTitle title={t('cases.title')} />
          <p role="status">{list === null ? '' : t('cases.count', { n: list.total })}</p>
        </div>
      </div>
      <Search word={word} onSearch={search} />
      <Filters status={status} mine={mine} onChange={change} />
      {cases.problem !== null && <Failure problem={cases.problem} onRetry={cases.reload} />}
      {cases.loading && <Waiting />}
      {list !== null && list.items.length === 0 && <NoCases searched={word !== ''} onAll={() => search('')} />}
      {list !== null && list.items.length > 0 && (
        <>
          <CaseTable items={list.items} />
          <Pages page={list.page} last={Math.ceil(list.total / list.pageSize)} onPage={(n) => change({ page: n })} />
        </>
      )}
    </>
  );
}

function addressOf({ status, mine, page }: { status: Status; mine: boolean; page: number }): URLSearchParams {
  const address = new URLSearchParams();
  if (status !== 'open') address.set('status', status);
  if (mine) address.set('mine', 'true');
  if (page > 1) address.set('page', String(page));
  return address;
}

function Search({ word, onSearch }: { word: string; onSearch: (word: string) => void }) {
  const [text, setText] = useState(word);
  return (
    <form
      className="case-search"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        onSearch(text.trim());
      }}
    >
      <label className="label small" htmlFor="case-word">
        {t('cases.searchLabel')}
      </label>
      <div className="find">
        <SearchIcon />
        <input
          id="case-word"
          className="input"
          type="text"
          inputMode="search"
          autoComplete="off"
          spellCheck={false}
          value={text}
          maxLength={100}
          onChange={(event) => setText(event.target.value)}
        />
      </div>
      <Button type="submit">{t('cases.search')}</Button>
      {word !== '' && (
        <Button
          kind="quiet"
          onClick={() => {
            setText('');
            onSearch('');
          }}
        >
          {t('cases.clear')}
        </Button>
      )}
    </form>
  );
}

type FiltersProps = {
  status: Status;
  mine: boolean;
  onChange: (values: { status?: Status; mine?: boolean }) => void;
};

function Filters({ status, mine, onChange }: FiltersProps) {
  return (
    <div className="filters" role="group" aria-label={t('cases.filters')}>
      {STATUSES.map((one) => (
        <button
          key={one}
          type="button"
          className="chip"
          aria-pressed={one === status}
          onClick={() => onChange({ status: one })}
        >
          {t(`cases.${one}`)}
        </button>
      ))}
      <button type="button" className="chip" aria-pressed={mine} onClick={() => onChange({ mine: !mine })}>
        {t('cases.mine')}
      </button>
    </div>
  );
}

function NoCases({ searched, onAll }: { searched: boolean; onAll: () => void }) {
  return (
    <section className="card">
      <Empty icon={<FolderIcon />} title={t(searched ? 'cases.notFound' : 'cases.none')}>
        <p className="small">{t(searched ? 'cases.notFoundHint' : 'cases.noneHint')}</p>
        {searched && <Button onClick={onAll}>{t('cases.clear')}</Button>}
      </Empty>
    </section>
  );
}

export function CaseTable({ items }: { items: CaseListItem[] }) {
  const columns = ['case', 'stage', 'assistant', 'socialWorker', 'nextDue'] as const;
  return (
    <section className="card">
      <table className="table case-table" role="table" aria-label={t('cases.title')}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th key={column} scope="col" role="columnheader">
                {t(`cases.${column}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {items.map((item) => (
            <CaseRow key={item.caseNo} item={item} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function CaseRow({ item }: { item: CaseListItem }) {
  const { centre } = useSession();
  const closed = item.closedAt === null ? null : plainDay(dayOf(item.closedAt), centre.today);
  return (
    <tr role="row">
      <th scope="row" role="rowheader">
        {item.opens ? (
          <Link className="case-row-link" href={paths.case(item.caseNo)}>
            <CaseNo no={item.caseNo} />
            <span className="case-name">{headingOf(item.label)}</span>
          </Link>
        ) : (
          <span className="case-row-link">
            <CaseNo no={item.caseNo} />
            <span className="case-name">{headingOf(item.label)}</span>
          </span>
        )}
        {item.restricted && <Restricted />}
      </th>
      <td role="cell" data-l={t('cases.stage')}>
        {item.erased ? '–' : closed === null ? item.stages.join(', ') || '–' : t('cases.closedOn', { day: closed })}
      </td>
      <td role="cell" data-l={t('cases.assistant')}>
        {item.assistant?.name ?? '–'}
      </td>
      <td role="cell" data-l={t('cases.socialWorker')}>
        {item.socialWorker?.name ?? '–'}
      </td>
      <td role="cell" data-l={t('cases.nextDue')}>
        {item.nextDue === null ? (
          '–'
        ) : (
          <DueBadge
            task={{ dueDate: null, deadline: { dueOn: item.nextDue }, termKind: item.termKind }}
            today={centre.today}
          />
        )}
      </td>
    </tr>
  );
}

function Pages({ page, last, onPage }: { page: number; last: number; onPage: (page: number) => void }) {
  if (last < 2) return null;
  return (
    <nav className="row between pages" aria-label={t('pages.label')}>
      <Button off={page <= 1} onClick={() => onPage(page - 1)}>
        {t('pages.before')}
      </Button>
      <span className="small quiet">{t('pages.where', { page, last })}</span>
      <Button off={page >= last} onClick={() => onPage(page + 1)}>
        {t('pages.after')}
      </Button>
    </nav>
  );
}
