import { notifications } from '@mantine/notifications';
import type { T } from '../../i18n';
import type { Webhook } from './webhookForm';

/** What the server found worth saying when a webhook was saved. It says so only then. */
export function tellWarnings({ warnings }: Pick<Webhook, 'warnings'>, t: T) {
  for (const { code } of warnings ?? []) {
    notifications.show({
      message: t(`webhooks.warning_${code}`),
      color: 'yellow',
      autoClose: 15_000,
      closeButtonProps: { 'aria-label': t('do.close') },
    });
  }
}
