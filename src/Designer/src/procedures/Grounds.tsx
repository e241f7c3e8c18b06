/** Why, and on what basis: what every change of procedures and of running cases says of itself. */
import { useState } from 'react';
import { InputField, TextField } from '../components/fields';
import { t } from '../i18n';

export function useGrounds() {
  const [reason, setReason] = useState('');
  const [legalBasis, setLegalBasis] = useState('');
  return {
    grounds: { reason, legalBasis },
    missing: () => ({
      reason: reason.trim() === '' ? t('procedure.reasonMissing') : undefined,
      legalBasis: legalBasis.trim() === '' ? t('procedure.basisMissing') : undefined,
    }),
    fields: (errors: Readonly<Record<string, string | undefined>>) => (
      <>
        <TextField label={t('procedure.reason')} value={reason} onChange={setReason} error={errors['reason']} />
        <InputField
          label={t('procedure.legalBasis')}
          hint={t('publish.basisHint')}
          value={legalBasis}
          onChange={setLegalBasis}
          error={errors['legalBasis']}
        />
      </>
    ),
  };
}
