import { PageTitle } from '../components/basics';
import { t } from '../i18n';

export function Today() {
  return <PageTitle title={t('nav.today')} />;
}
