/** @jsxImportSource preact */
/**
 * A text far above what a field holds never enters the page: laying it out would stop the browser for a long time. It
 * is kept
 * aside, in full, and the person decides what becomes of it. Nothing is cut unasked.
 */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { t } from '../i18n';
import { number, TEXT_MAX } from './words';

/** From here on the field says how much room is left. */
const COUNT_FROM = 0.8;
const COUNT_AFTER_MS = 300;
/** More than this at once is pasted, dropped or dictated; typing goes on and is told at the field. */
const AT_ONCE = 1_000;
const FORGET_ADDRESS_MS = 60_000;

type Input = HTMLTextAreaElement | HTMLInputElement;
type Handlers<T extends Input> = {
  onPaste: (event: JSX.TargetedClipboardEvent<T>) => void;
  onInput: (event: JSX.TargetedEvent<T>) => void;
};

/** Guards one field; `note` stands below it. */
export function useLongText<T extends Input>(value: string, write: (text: string) => void) {
  const [aside, setAside] = useState<string | null>(null);
  const fieldRef = useRef<T | null>(null);
  const handlers: Handlers<T> = {
    onPaste: (event) => {
      const pasted = event.clipboardData?.getData('text') ?? '';
      const { selectionStart, selectionEnd } = event.currentTarget;
      const replaced = (selectionEnd ?? 0) - (selectionStart ?? 0);
      if (value.length - replaced + pasted.length <= TEXT_MAX) return;
      event.preventDefault();
      fieldRef.current = event.currentTarget;
      setAside(pasted);
    },
    onInput: (event) => {
      const input = event.currentTarget;
      if (input.value.length > TEXT_MAX && input.value.length - value.length > AT_ONCE) {
        fieldRef.current = input;
        setAside(input.value);
        input.value = value;
        return;
      }
      write(input.value);
    },
  };
  const close = () => {
    setAside(null);
    fieldRef.current?.focus();
  };
  const note =
    aside === null ? (
      <Room length={value.length} />
    ) : (
      <Aside
        text={aside}
        onStart={() => {
          const begun = value === '' || aside.startsWith(value) ? '' : `${value}\n`;
          write((begun + aside).slice(0, TEXT_MAX));
        }}
        onClose={close}
      />
    );
  return { handlers, note };
}

/** "49 120 z 50 000 znaków", once the typing rests. */
function Room({ length }: { length: number }) {
  const [shown, setShown] = useState(length);
  useEffect(() => {
    const timer = setTimeout(() => setShown(length), COUNT_AFTER_MS);
    return () => clearTimeout(timer);
  }, [length]);
  if (shown < TEXT_MAX * COUNT_FROM) return null;
  return (
    <p class="hint" role="status">
      {t('form.characters', { n: number(shown), limit: number(TEXT_MAX) })}
    </p>
  );
}

function Aside({ text, onStart, onClose }: { text: string; onStart: () => void; onClose: () => void }) {
  const limit = number(TEXT_MAX);
  return (
    <div class="banner warn long-text" role="alert">
      <p class="strong">{t('form.aside', { n: number(text.length), limit })}</p>
      <p>{t('form.asideHint')}</p>
      <div class="row">
        <button type="button" class="button" onClick={onStart}>
          {t('form.asideStart', { limit })}
        </button>
        <button type="button" class="button" onClick={() => save(text)}>
          {t('form.asideFile')}
        </button>
        <button type="button" class="button quiet" onClick={onClose}>
          {t('form.asideDrop')}
        </button>
      </div>
    </div>
  );
}

/** Gives the text to the person as a file; it never leaves her machine by this. */
function save(text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = t('form.asideName');
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), FORGET_ADDRESS_MS);
}
