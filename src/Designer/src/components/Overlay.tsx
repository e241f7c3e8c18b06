/** What floats: the dialog and the toasts. */
import { useEffect, useSyncExternalStore, type ReactNode } from 'react';
import { Dialog as AriaDialog, Heading, Modal, ModalOverlay } from 'react-aria-components';
import { useLocation } from 'wouter';
import { t } from '../i18n';
import { Button } from './basics';
import { CheckIcon, CloseIcon } from './icons';

type DialogProps = {
  title: string;
  open: boolean;
  /** Absent: the dialog can only be answered. */
  onClose?: (() => void) | undefined;
  wide?: boolean;
  role?: 'dialog' | 'alertdialog';
  children: ReactNode;
};

/** Keeps the focus inside; the safe choice stands first, so it has the first focus. */
export function Dialog({ title, open, onClose, wide, role = 'dialog', children }: DialogProps) {
  return (
    <ModalOverlay
      className="overlay"
      isOpen={open}
      isDismissable={false}
      isKeyboardDismissDisabled={onClose === undefined}
      onOpenChange={(next) => {
        if (!next) onClose?.();
      }}
    >
      <Modal className={wide ? 'overlay-box wide' : 'overlay-box'}>
        <AriaDialog className="dialog" role={role}>
          <Heading slot="title" level={2}>
            {title}
          </Heading>
          {children}
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

type Toast = { id: number; text: string; page: string; undo: { label: string; act: () => void } | undefined };
let toasts: readonly Toast[] = [];
let lastId = 0;
const listeners = new Set<() => void>();

function put(next: readonly Toast[]) {
  toasts = next;
  listeners.forEach((tell) => tell());
}

/**
 * Says what already happened, on the page the person is on now (navigate first); never an error. With `undo` it stays
 * until it
 * is closed or the page is left.
 */
export function toast(text: string, undo?: Toast['undo']): void {
  lastId += 1;
  put([...toasts.slice(-1), { id: lastId, text, page: location.pathname, undo }]);
}

const SHOWN_MS = 12_000;

export function ToastRegion() {
  const [page] = useLocation();
  const shown = useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => toasts,
  );
  useEffect(() => {
    if (toasts.some((one) => one.page !== page)) put(toasts.filter((one) => one.page === page));
  }, [page]);
  useEffect(() => {
    const brief = shown.filter((one) => one.undo === undefined);
    if (brief.length === 0) return;
    const timer = setTimeout(() => put(toasts.filter((one) => !brief.includes(one))), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown]);
  return (
    <div className="toast-region" role="status" aria-live="polite">
      {shown
        .filter((one) => one.page === page)
        .map(({ id, text, undo }) => (
          <div className="toast" key={id}>
            <CheckIcon />
            <p>{text}</p>
            {undo && (
              <Button
                onClick={() => {
                  put(toasts.filter((one) => one.id !== id));
                  undo.act();
                }}
              >
                {undo.label}
              </Button>
            )}
            <Button aria-label={t('toast.close')} onClick={() => put(toasts.filter((one) => one.id !== id))}>
              <CloseIcon />
            </Button>
          </div>
        ))}
    </div>
  );
}
