/**
 * What the law holds in place is not deleted by accident: the article is told first, and taking it out is an act of its
 * own.
 */
import { useEffect, useState } from 'react';
import { Banner, Button } from '../components/basics';
import { LockIcon } from '../components/icons';
import { t, tCode } from '../i18n';
import type { Lock, Locked } from './api';
import type { Element } from './bpmn';
import { nameOf } from './bpmn';
import { removeAnyway } from './commands';
import type { Live } from './diagram';
import { HELD } from './modules';
import { shortType } from './PropsOther';

type Props = { live: Live; locked: Locked['elements']; onRemoved: () => void };

/** With the locks of what it holds inside. */
function locksOf(locked: Props['locked'], element: Element): Lock[] {
  const within = [...(element.children ?? []), ...(element.attachers ?? [])].flatMap((one) => locksOf(locked, one));
  return [...(locked[element.id] ?? []), ...within];
}

export function Held({ live, locked, onRemoved }: Props) {
  const [held, setHeld] = useState<Element[]>([]);
  const { diagram } = live;
  useEffect(() => {
    diagram.get('lawKeeper').locked = new Set(
      Object.entries(locked).flatMap(([id, locks]) => (locks.length > 0 ? [id] : [])),
    );
    const told = ({ elements }: { elements: Element[] }) => setHeld(elements);
    const done = () => setHeld([]);
    const bus = diagram.get('eventBus');
    bus.on(HELD, told);
    bus.on('commandStack.changed', done);
    return () => {
      bus.off(HELD, told);
      bus.off('commandStack.changed', done);
    };
  }, [diagram, locked]);
  if (held.length === 0) return null;
  const names = held.map((one) => `„${nameOf(one) || tCode('kind', shortType(one))}”`).join(', ');
  const locks = new Map(held.flatMap((one) => locksOf(locked, one)).map((one) => [one.article + one.sentence, one]));
  return (
    <Banner kind="law" icon={<LockIcon />} role="alert">
      <p className="strong">{t('held.title', { what: names })}</p>
      <ul className="locks">
        {[...locks.values()].slice(0, 4).map((one) => (
          <li key={one.article + one.sentence}>
            <b>{one.article}</b> {one.sentence}
          </li>
        ))}
      </ul>
      {locks.size > 4 && <p className="small">{t('held.more', { n: locks.size - 4 })}</p>}
      <div className="row">
        <Button onClick={() => setHeld([])}>{t('held.keep')}</Button>
        <Button
          kind="danger"
          onClick={() => {
            removeAnyway(diagram, held);
            setHeld([]);
            onRemoved();
          }}
        >
          {t('held.remove')}
        </Button>
      </div>
    </Banner>
  );
}
