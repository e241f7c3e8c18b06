/** Two weeks of absences as a table of days; the list below says the same in words. */
import { useState } from 'react';
import type { Absence } from '../api';
import { calendarOf, rangeWords, twoWeeks } from '../absences';
import { addDays, columnDay, longDay } from '../format';
import { t } from '../i18n';
import { Button } from './basics';
import { BackIcon, ForwardIcon } from './icons';

export function AbsenceCalendar({ absences, today }: { absences: Absence[]; today: string }) {
  const [away, setAway] = useState(0);
  const days = twoWeeks(addDays(today, away * 14));
  const lines = calendarOf(absences, days);
  const range = rangeWords({ from: days[0] ?? today, to: days.at(-1) ?? today }, today);
  return (
    <div className="card-body stack">
      <div className="row between">
        <span className="small quiet" role="status">
          {range}
        </span>
        <span className="row">
          <Button kind="quiet" aria-label={t('calendar.before')} onClick={() => setAway(away - 1)}>
            <BackIcon />
          </Button>
          <Button kind="quiet" aria-label={t('calendar.after')} onClick={() => setAway(away + 1)}>
            <ForwardIcon />
          </Button>
        </span>
      </div>
      {lines.length === 0 ? (
        <p className="small quiet">{t('calendar.none')}</p>
      ) : (
        <div className="scroll-x" tabIndex={0} role="group" aria-label={t('calendar.label', { range })}>
          <table className="absence-table">
            <thead>
              <tr>
                <th scope="col">
                  <span className="vh">{t('absence.person')}</span>
                </th>
                {days.map((day) => (
                  <th
                    key={day}
                    scope="col"
                    className={day === today ? 'tod' : undefined}
                    aria-label={day === today ? `${longDay(day)}, ${t('day.today')}` : longDay(day)}
                  >
                    {columnDay(day)}
                    <b>{Number(day.slice(8))}</b>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {lines.map(({ userName, name, cells }, index) => (
                <tr key={`${userName} ${index}`}>
                  <th scope="row">{name}</th>
                  {cells.map(({ day, days: length, absence }) =>
                    absence === null ? (
                      <td key={day} />
                    ) : (
                      <td key={day} colSpan={length} className={absence.state === 'requested' ? 'away ask' : 'away'}>
                        <span>{wordsOf(absence)}</span>
                      </td>
                    ),
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </div>
  );
}

function wordsOf({ state, substitute }: Absence): string {
  if (state === 'requested') return t('calendar.asked');
  return substitute === null ? t('calendar.noSubstitute') : t('calendar.substitute', { who: substitute.name });
}
