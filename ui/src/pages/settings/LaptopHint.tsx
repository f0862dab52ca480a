import { useT } from '../../i18n';
import { CopyLine } from '../../parts/Copy';
import { Section } from '../../parts/Section';

/** How a developer without a public address receives the bot's events. */
export function LaptopHint({ botId }: { botId: string }) {
  const t = useT();
  return (
    <Section title={t('webhooks.laptop')} text={t('webhooks.laptop_text')}>
      <CopyLine
        value={`recado listen --url ${location.origin} --token $TOKEN --bot ${botId} --forward-to http://127.0.0.1:3000/`}
      />
    </Section>
  );
}
