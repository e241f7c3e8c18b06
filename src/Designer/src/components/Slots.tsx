/** Fifteen places counted aloud: taken, free, and those the house keeps closed. */
import { t } from '../i18n';
import '../styles/team.css';

type Props = { active: number; limit: number; limitOfLaw: number };

export function Slots({ active, limit, limitOfLaw }: Props) {
  return (
    <span className="load">
      <span>
        <b>{t('slots.of', { active, limit })}</b>
        {limit < limitOfLaw && <span className="quiet"> {t('slots.house')}</span>}
      </span>
      <span className={active >= limit ? 'slots full' : 'slots'} aria-hidden="true">
        {Array.from({ length: limitOfLaw }, (_, index) => (
          <i key={index} className={index < active ? 'on' : index >= limit ? 'shut' : undefined} />
        ))}
      </span>
    </span>
  );
}
