import { PageTitle } from '../components/basics';
import { t } from '../i18n';

export default function Task() {
  return <PageTitle title={t('nav.today')} />;
}
